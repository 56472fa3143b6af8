// Reads a row of items "type, length, value", as HTTP/3 frames (RFC 9114 section 7.1) and capsules (RFC 9297
// section 3.2) both are, from pieces of any size. Unknown items are skipped without being kept.
#pragma once
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"

#include <cstdint>
#include <functional>

namespace mesh::webtransport {

class item_reader {
 public:
  // What to do with the value of an item.
  enum class care : std::uint8_t {
    keep,    // tell it whole
    stream,  // tell it piece by piece, as it comes
    skip,
  };
  struct calls {
    std::function<result<care>(std::uint64_t type, std::uint64_t length)> on_begin;
    std::function<result<void>(std::uint64_t type, bytes_view value)> on_value;
  };

  // keep_max: a longer value that is to be kept is an error, bad_frame.
  item_reader(std::size_t keep_max, calls then) : keep_max_(keep_max), calls_(std::move(then)) {}

  // Errors: bad_frame, those of the calls. After one nothing more is read.
  result<void> push(bytes_view data);
  // Nothing of an item is waiting for its rest.
  bool between_items() const noexcept { return !in_value_ && kept_.empty(); }

 private:
  result<void> begin(bytes_view& data);
  result<void> take_value(bytes_view& data);
  result<void> whole();

  std::size_t keep_max_;
  calls calls_;
  bytes kept_;  // the beginning of a head, or of a value to keep
  bool in_value_ = false;
  care care_ = care::skip;
  std::uint64_t type_ = 0;
  std::uint64_t left_ = 0;  // of the value
};

}  // namespace mesh::webtransport
