// The receiver's side of one file, without I/O: what it believes of a sender who may be hostile. Every
// refusal is a named error, after which nothing of that stream may touch the disk.
#pragma once
#include "agent/share/known_prefix.hpp"
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/crypto/blake3.hpp"
#include "core/wire/frame.hpp"
#include "core/wire/p2p_message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mesh::share {

// What may come beside content: FILE_HOLE, FILE_XATTRS.
struct file_extras {
  bool holes = false;
  bool xattrs = false;
};

class file_receiver {
 public:
  enum class phase {
    waiting,    // for FILE_META
    deciding,   // offer() is known; accept() goes on
    receiving,  // FILE_CHUNKs in order, then FILE_DONE
    verified,   // size and hash are those that FILE_DONE names: the file may get its name
  };
  // FILE_META after it was checked. name: harmless (safe_name).
  struct offer {
    std::string transfer_id;
    std::string name;
    std::uint64_t size = 0;
    std::int64_t mtime = 0;  // Unix milliseconds, within what a file system can keep
    bool text = false;       // a snippet
  };

  phase now() const noexcept { return phase_; }
  const offer& offered() const noexcept { return offer_; }
  // After deciding: bytes may come, at the end of any of these marks or at 0. Returns what to tell the
  // sender.
  wire::file_accept accept(std::vector<prefix_mark> marks = {}, std::uint64_t block_bytes = 0,
                           file_extras also = {});
  // Where the bytes of this attempt begin, once it is known: with the first FILE_CHUNK or FILE_DONE.
  std::optional<std::uint64_t> start() const noexcept { return start_; }

  // Errors: unexpected_message for one that has no place now (a second FILE_META, a FILE_DONE before the
  // decision, a FILE_PROGRESS unless it gets on with comparing, anything after FILE_DONE); for FILE_META and
  // FILE_XATTRS name_unsafe, field_invalid; for FILE_DONE size_mismatch, hash_mismatch.
  result<void> on_message(const wire::p2p_message& message);
  // The header of a frame that is no message. Errors: unexpected_message when it is no FILE_CHUNK or comes
  // too early or too late, offset_invalid unless it begins where the last one ended (the first one: at a
  // mark), size_mismatch when it is empty or goes beyond the announced size.
  result<void> on_chunk(const wire::bulk_begin& begin);
  // The same for zeros that take no room; unexpected_message unless accept() said that they are welcome.
  result<void> on_hole(const wire::file_hole& hole);
  // Content of chunks, in order, in pieces of any size (256 KiB are hashed fastest).
  void took(bytes_view content) noexcept { hasher_.update(content); }
  void took_zeros(std::uint64_t count) noexcept;
  // The sender closed its side. Errors: connection_lost when the file is not complete.
  result<void> on_fin() const;

  // Of FILE_XATTRS; none before.
  const std::vector<wire::extended_attribute>& xattrs() const noexcept { return xattrs_; }
  // 64 hex digits; after verified.
  const std::string& hash() const noexcept { return hash_; }
  // Of what was taken so far.
  std::string hash_so_far() const { return hasher_.hex(); }
  // Bytes announced by chunk headers so far.
  std::uint64_t announced() const noexcept { return announced_; }

 private:
  result<void> on_meta(const wire::file_meta& meta);
  result<void> on_xattrs(const wire::file_xattrs& message);
  result<void> on_done(const wire::file_done& done);
  bool begin_at(std::uint64_t offset);
  result<void> take_range(std::string_view what, std::uint64_t offset, std::uint64_t size);

  phase phase_ = phase::waiting;
  offer offer_;
  std::vector<prefix_mark> marks_;  // until start_ is known
  std::optional<std::uint64_t> start_;
  file_extras also_;
  std::vector<wire::extended_attribute> xattrs_;
  std::uint64_t compared_ = 0;  // of what is there, as the sender says while it reads its own
  std::uint64_t announced_ = 0;
  crypto::blake3_hasher hasher_;
  std::string hash_;
};

// Ids end up in logs, events and lists. Errors: field_invalid for other characters than letters, digits, -
// and
// _.
result<void> check_transfer_id(std::string_view id);
// Unix milliseconds, brought to between 1970 and 2200: what every file system can keep.
std::int64_t clamp_mtime(std::int64_t ms) noexcept;

// What the sender is told. Errors of our disk name our paths and are nobody's business.
std::string told_to_sender(const error& reason);
// False for failures that a later attempt could continue from (a cut, a full disk); true when the content or
// the sender cannot be trusted, so that what was written is thrown away.
bool spoils_content(errc code) noexcept;

}  // namespace mesh::share
