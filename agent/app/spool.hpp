// What was read from standard input and waits to be sent: a file of ours, kept until it arrived or is called
// off.
#pragma once
#include "core/base/error.hpp"

#include <chrono>
#include <filesystem>
#include <string>

namespace mesh::app {

// Everything that fd gives until its end, as a private file of that name in a folder of its own below the
// state directory. Errors: name_unsafe, file_unreadable, disk_full, write_failed; nothing is left behind
// then.
result<std::filesystem::path> spool(int fd, const std::filesystem::path& state_dir, const std::string& name);

// Removes such a file and its folder; any other path is left alone.
void unspool(const std::filesystem::path& file, const std::filesystem::path& state_dir);

std::filesystem::path spool_folder(const std::filesystem::path& state_dir);

// Removes what an ended program left there: older than a day, and nobody's according to is_wanted.
template <class Wanted>
void clean_spool(const std::filesystem::path& state_dir, Wanted is_wanted) {
  std::error_code code;
  const auto old = std::filesystem::file_time_type::clock::now() - std::chrono::hours(24);
  for (const auto& folder : std::filesystem::directory_iterator(spool_folder(state_dir), code)) {
    const auto touched = folder.last_write_time(code);
    if (!code && touched < old && !is_wanted(folder.path())) std::filesystem::remove_all(folder.path(), code);
  }
}

}  // namespace mesh::app
