// Where the bytes of a received file go: a directory, or a descriptor that somebody opened.
#pragma once
#include "core/base/bytes.hpp"
#include "core/base/clock.hpp"
#include "core/base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace mesh::share {

// name is one harmless component (safe_name).
struct sink_file {
  std::string name;
  std::uint64_t size = 0;
  wall_time mtime{};
};

// One sink takes one file. After an error only abandon() may follow.
class file_sink {
 public:
  virtual ~file_sink() = default;

  // Makes sure that the file fits and can be written. Errors: disk_full, file_exists, io.
  virtual result<void> open(const sink_file& file) = 0;
  // In order, without gaps. Errors: disk_full, write_failed.
  virtual result<void> write(std::uint64_t offset, bytes_view data) = 0;
  // Bytes that write() took but whose reader has not, after one more try that does not wait: no more shall
  // come before it is 0. Errors: write_failed.
  virtual result<std::size_t> backlog() { return 0; }
  // Brings everything to the disk; may take seconds, so it is called on a worker thread while nothing else
  // touches the sink. Errors: disk_full, write_failed.
  virtual result<void> flush() = 0;
  // The content is verified: it gets its final name, which is returned. Errors: write_failed.
  virtual result<std::string> commit() = 0;
  // The transfer failed. keep: what was written may be of use to a later attempt.
  virtual void abandon(bool keep) noexcept = 0;

  // Where the bytes are now, for people; empty when there is no such place.
  virtual std::string path() const = 0;
};

}  // namespace mesh::share
