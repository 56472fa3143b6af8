#include "agent/app/terminal_recording.hpp"

#include "agent/app/own_window.hpp"
#include "core/base/limits.hpp"
#include "core/base/log.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>

#include <fmt/format.h>

namespace mesh::app {
namespace {

constexpr std::size_t unwritten_bytes_max = 64UZ * 1024;

// "2026-01-04T23:00:00Z" -> "20260104-230000"
std::string stamp(wall_time now) {
  auto text = format_rfc3339_seconds(now);
  std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == 'Z'; });
  std::ranges::replace(text, 'T', '-');
  return text;
}

std::string as_file_name(std::string name) {
  for (char& c : name)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
      c = '_';
  return name;
}

}  // namespace

result<std::unique_ptr<terminal_recording>> terminal_recording::begin(const os::private_dir& state,
                                                                      const std::string& name,
                                                                      terminal::terminal_size size,
                                                                      wall_time now) {
  const auto dir = os::private_dir::open(state.path() / "recordings");
  if (!dir) return std::unexpected(dir.error());
  const auto base = fmt::format("{}-{}", as_file_name(name), stamp(now));
  for (int number = 1;; ++number) {
    const auto file = number == 1 ? base + ".cast" : fmt::format("{}-{}.cast", base, number);
    os::unique_fd fd(
        ::openat(dir->fd(), file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd && errno == EEXIST) continue;
    if (!fd) return fail(errno == ENOSPC ? errc::disk_full : errc::io, std::strerror(errno));
    std::unique_ptr<terminal_recording> made(new terminal_recording(dir->path() / file, std::move(fd)));
    made->add(terminal::cast_writer::begin(size, unix_seconds(now), name));
    if (!made->flush()) return fail(errc::disk_full, made->path().string());
    return made;
  }
}

terminal_recording::~terminal_recording() {
  flush();
}

terminal::cast_writer::elapsed terminal_recording::since_start() const {
  return std::chrono::duration_cast<terminal::cast_writer::elapsed>(steady_now() - begun_);
}

void terminal_recording::add(std::string text) {
  if (failed_) return;
  if (bytes_ + text.size() > limits::terminal_recording_bytes_max) {
    log::warn("terminal", "the recording {} is as long as one may be", path_.string());
    failed_ = true;
    return;
  }
  bytes_ += text.size();
  unwritten_ += text;
  if (unwritten_.size() > unwritten_bytes_max) flush();
}

void terminal_recording::output(bytes_view data) {
  add(writer_.output(since_start(), data));
}
void terminal_recording::resize(terminal::terminal_size size) {
  add(terminal::cast_writer::resize(since_start(), size));
}
void terminal_recording::marker(std::string_view text) {
  add(terminal::cast_writer::marker(since_start(), text));
}

bool terminal_recording::flush() {
  if (!unwritten_.empty() && !write_fully(file_.get(), unwritten_)) {
    log::warn("terminal", "the recording {} cannot be written: {}", path_.string(), std::strerror(errno));
    failed_ = true;
  }
  unwritten_.clear();
  return !failed_;
}

}  // namespace mesh::app
