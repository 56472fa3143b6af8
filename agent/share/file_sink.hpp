// Where the bytes of a received file go: a directory, or a descriptor that somebody opened.
#pragma once
#include "core/base/bytes.hpp"
#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "core/wire/p2p_message.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace mesh::share {

// name is one harmless component (safe_name). user, device: of the sender. transfer_id: the sender's own.
struct sink_file {
  std::string name;
  std::uint64_t size = 0;
  wall_time mtime{};
  std::string user = {};
  std::string device = {};
  std::string transfer_id = {};
};

// What is there of the file already. length: bytes, whole chunks or the whole file. journal: the hash of the
// file up to the end of each block of limits::resume_block_bytes that was brought to the disk.
struct sink_start {
  std::uint64_t length = 0;
  std::vector<std::string> journal = {};
};

// One sink takes one file. After an error only abandon() may follow.
class file_sink {
 public:
  virtual ~file_sink() = default;

  // Makes sure that the file fits and can be written. Errors: disk_full, file_exists, io; busy when the same
  // file is being received right now.
  virtual result<sink_start> open(const sink_file& file) = 0;
  // After open(): all of it is here by this very transfer, and nothing can be written.
  virtual bool has_arrived() const { return false; }
  // Fills out with what is there already; on a worker thread, while nothing else touches the sink. Errors:
  // io.
  virtual result<void> read(std::uint64_t offset, std::span<std::byte> out) const;
  // Only the first length bytes of what was there hold; the next write() comes at length. Errors: io.
  virtual result<void> restart(std::uint64_t length);
  // In order, without gaps. Errors: disk_full, write_failed.
  virtual result<void> write(std::uint64_t offset, bytes_view data) = 0;
  // skip() leaves out zeros instead of writing them.
  virtual bool leaves_holes() const { return false; }
  // set_xattrs() has a place to put them.
  virtual bool keeps_xattrs() const { return false; }
  // Before flush(), where that is called. Errors: disk_full.
  virtual result<void> set_xattrs(std::span<const wire::extended_attribute>) { return {}; }
  // As write(), for size zeros. Errors: as of write().
  virtual result<void> skip(std::uint64_t offset, std::uint64_t size);
  // Bytes that write() took but whose reader has not, after one more try that does not wait: no more shall
  // come before it is 0. Errors: write_failed.
  virtual result<std::size_t> backlog() { return 0; }
  // From any thread: a flush() that waits for a reader, not for a disk, ends with canceled.
  virtual void stop_waiting() noexcept {}
  // The block that ends here was written, and this is the hash of the file up to it.
  virtual void mark(std::uint64_t, const std::string&) {}
  // Work for a worker thread, alongside everything else: what was written so far comes to the disk and its
  // marks into the journal. Empty when there is nothing to do.
  virtual std::move_only_function<void()> checkpoint() { return {}; }
  // Brings everything to the disk; may take seconds, so it is called on a worker thread while nothing else
  // touches the sink. Errors: disk_full, write_failed.
  virtual result<void> flush() = 0;
  // The content is verified: it gets its final name, which is returned; on a worker thread as well. Errors:
  // write_failed.
  virtual result<std::string> commit() = 0;
  // commit() went well: on the network thread, where its owner may be told.
  virtual void on_committed() {}
  // The transfer failed. keep: what was written may be of use to a later attempt.
  virtual void abandon(bool keep) noexcept = 0;

  // Where the bytes are now, for people; empty when there is no such place.
  virtual std::string path() const = 0;
};

inline result<void> file_sink::read(std::uint64_t, std::span<std::byte>) const {
  return fail(errc::io, "nothing is there already");
}
inline result<void> file_sink::skip(std::uint64_t, std::uint64_t) {
  return fail(errc::write_failed, "nothing can be left out here");
}
inline result<void> file_sink::restart(std::uint64_t) {
  return fail(errc::io, "nothing is there already");
}

}  // namespace mesh::share
