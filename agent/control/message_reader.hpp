// Messages on a control connection: framed as on the data plane (core/wire/frame), JSON only. What is longer
// than a frame may be travels as messages "part" whose texts, put together, are the message.
#pragma once
#include "agent/control/message.hpp"
#include "core/base/bytes.hpp"
#include "core/wire/frame.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mesh::control {

// Cuts the bytes of a connection into bodies.
class message_reader {
 public:
  // The bytes must stay in place until next() returned nothing.
  void feed(bytes_view data) noexcept { splitter_.feed(data); }
  // The next complete body, valid until the next call; nullopt when more bytes are needed. Errors: bad_frame
  // for a length out of range and for a body that is no JSON object; after one the connection must be closed.
  result<std::optional<std::string_view>> next();
  // False when bytes of an unfinished message are waiting.
  bool at_boundary() const noexcept { return splitter_.at_boundary(); }

 private:
  wire::frame_splitter splitter_;
};

// Puts parts together again.
class part_joiner {
 public:
  // The answer itself, or the one that its last part completes; nullopt while parts are missing. Errors:
  // too_large above limits::http_client_body_bytes_max and a little, bad_message, those of parse_answer.
  result<std::optional<answer>> take(answer a);

 private:
  std::map<std::int64_t, std::string> begun_;
};

// Length and body, ready to be written. Errors: too_large.
result<bytes> to_frame(std::string_view body);
// The same for an answer of any length: one frame, or one for each part.
std::vector<bytes> to_frames(const answer& a);

}  // namespace mesh::control
