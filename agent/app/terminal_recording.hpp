// The recording of one shared terminal, in a file of the state directory that only this user reads.
#pragma once
#include "agent/os/fd.hpp"
#include "agent/os/private_dir.hpp"
#include "agent/terminal/cast_writer.hpp"
#include "core/base/clock.hpp"
#include "core/base/error.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace mesh::app {

// One thread. What it is told is written by flush(), or when it is much.
class terminal_recording {
 public:
  // STATE/recordings/NAME-DATE-TIME.cast. Errors: io, disk_full, state_unreadable.
  static result<std::unique_ptr<terminal_recording>> begin(const os::private_dir& state,
                                                           const std::string& name,
                                                           terminal::terminal_size size, wall_time now);
  terminal_recording(const terminal_recording&) = delete;
  terminal_recording& operator=(const terminal_recording&) = delete;
  ~terminal_recording();

  void output(bytes_view data);
  void resize(terminal::terminal_size size);
  // Who types from now on, or what else a player should show.
  void marker(std::string_view text);
  // False once it cannot go on: the disk is full, or it has grown to its bound.
  bool flush();

  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  terminal_recording(std::filesystem::path path, os::unique_fd file)
      : path_(std::move(path)), file_(std::move(file)) {}
  terminal::cast_writer::elapsed since_start() const;
  void add(std::string text);

  std::filesystem::path path_;
  os::unique_fd file_;
  terminal::cast_writer writer_;
  steady_time begun_ = steady_now();
  std::string unwritten_;
  std::uint64_t bytes_ = 0;
  bool failed_ = false;
};

}  // namespace mesh::app
