// Cuts the byte stream of a control connection into message bodies: u32 length (big endian) + JSON object.
#pragma once
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"

#include <optional>
#include <string>

namespace mesh::control {

class frame_splitter {
 public:
  void feed(bytes_view data);
  // The next complete body; nullopt when more bytes are needed. Errors: bad_frame for a length of 0 or above
  // 65,536 and for a body that is no JSON object; after one the connection must be closed.
  result<std::optional<std::string>> next();
  // True when bytes of an unfinished message are waiting.
  bool partial() const noexcept { return at_ != buffer_.size(); }

 private:
  std::string buffer_;
  std::size_t at_ = 0;
};

// Length and body, ready to be written. Errors: too_large.
result<std::string> to_frame(std::string_view body);

}  // namespace mesh::control
