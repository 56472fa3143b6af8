// Framing of the data plane (contract, section 6): u32 length, big endian, then a body. A body that begins
// with '{' is a JSON message; otherwise its first byte is a kind and the rest is content, which is never
// copied here.
#pragma once
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/base/limits.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace mesh::wire {

enum class frame_kind : std::uint8_t {
  file_chunk = 0x01,     // u64 offset in the file, at most 256 KiB
  term_out = 0x02,       // u64 offset in the output
  term_in = 0x03,        // u32 epoch of the control lease
  term_snapshot = 0x04,  // u64 offset in the output
  json = 0x7B,
};

// -- writing

// Length, kind and position: what stands before the content of FILE_CHUNK, TERM_OUT and TERM_SNAPSHOT.
using bulk_header = std::array<std::byte, 13>;
bulk_header file_chunk_header(std::uint64_t offset, std::size_t size) noexcept;
bulk_header term_out_header(std::uint64_t offset, std::size_t size) noexcept;
bulk_header term_snapshot_header(std::uint64_t offset, std::size_t size) noexcept;
std::array<std::byte, 9> term_in_header(std::uint32_t epoch, std::size_t size) noexcept;

// A JSON message with its length before it.
bytes json_frame(std::string_view text);

// -- reading

// A whole JSON message. The view holds until the next call to the splitter.
struct frame_json {
  std::string_view text;
};
// Content follows: size bytes in any number of bulk_data, then bulk_end. position: the offset, or the epoch
// of TERM_IN.
struct bulk_begin {
  frame_kind kind;
  std::uint64_t position;
  std::size_t size;
};
// Never empty; a view into what was fed.
struct bulk_data {
  bytes_view data;
};
struct bulk_end {};
using frame_part = std::variant<frame_json, bulk_begin, bulk_data, bulk_end>;

// Cuts a stream of bytes into frames, however it arrives. feed() some bytes, call next() until it returns
// nothing, then feed() more; the bytes fed must stay in place meanwhile. Errors: bad_frame for a length of 0
// or above what the kind allows and for an unknown kind; it stays, because the stream cannot be read on.
class frame_splitter {
 public:
  // Everything fed before must have been taken by next().
  void feed(bytes_view data) noexcept { input_ = data; }
  result<std::optional<frame_part>> next();
  // What was fed and not taken yet: to be fed again when next() shall not be called until something is done.
  bytes_view rest() const noexcept { return input_; }
  // True between two frames, where a stream may end.
  bool at_boundary() const noexcept { return state_ == state::header && header_size_ == 0 && input_.empty(); }

 private:
  enum class state : std::uint8_t { header, json, bulk, bulk_finished, broken };

  std::size_t header_wanted() const noexcept;
  result<bool> read_header();
  result<void> check_length() const;
  std::optional<frame_part> begin_body();
  std::optional<frame_part> read_json();
  std::optional<frame_part> read_bulk();
  bytes_view take(std::size_t count_max) noexcept;

  bytes_view input_;
  state state_ = state::header;
  std::array<std::byte, 13> header_{};  // length, kind, position
  std::size_t header_size_ = 0;
  std::size_t left_ = 0;  // bytes of the body still to come
  std::string held_;      // the beginning of a JSON message that arrived in pieces
};

}  // namespace mesh::wire
