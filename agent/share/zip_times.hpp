// Libarchive writes the MS-DOS times of a zip in the time zone of the machine, so that the same folder would
// give other bytes after a journey. This puts UTC in their place while the zip goes by; programs that know
// the extended timestamps beside them (all of today) take those and show the local time.
#pragma once
#include "core/base/bytes.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace mesh::share {

// Date and time as a zip keeps them (APPNOTE.TXT section 4.4.6), in UTC; what lies outside of 1980 to 2107 is
// the nearer end.
std::uint32_t dos_time(std::int64_t unix_seconds);

class zip_times {
 public:
  explicit zip_times(std::function<void(bytes_view)> out) : out_(std::move(out)) {}

  // The next local header is that of an entry with this time.
  void begin_entry(std::int64_t unix_seconds);
  // Nothing but the central directory follows.
  void begin_directory() { in_directory_ = true; }
  // What libarchive wrote.
  void take(bytes_view data);

 private:
  void take_directory(bytes_view data);

  std::function<void(bytes_view)> out_;
  std::vector<std::uint32_t> times_;  // of the entries so far
  bool header_due_ = false;
  bool in_directory_ = false;
  std::size_t listed_ = 0;  // entries of the directory that went by
  std::size_t skip_ = 0;    // bytes until its next entry
  bytes head_;              // of an entry that is not whole yet
};

}  // namespace mesh::share
