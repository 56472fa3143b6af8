#include "agent/app/staging.hpp"

#include "agent/app/move_into.hpp"
#include "agent/app/transfer_book.hpp"
#include "agent/os/xdg.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

namespace mesh::app {
namespace {

// A private folder for what a daemon receives for our standard output, or for a folder that it may not write
// into.
result<std::filesystem::path> private_folder(const context& c) {
  const auto base = os::cache_dir(c.variables);
  std::error_code code;
  std::filesystem::create_directories(base, code);
  auto name = (base / "receive.XXXXXX").string();
  if (code || ::mkdtemp(name.data()) == nullptr)
    return fail(errc::write_failed, fmt::format("{}: {}", name, std::strerror(errno)));
  return std::filesystem::path(name);
}

result<void> copy_to_stdout(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return fail(errc::file_unreadable, fmt::format("{}: {}", file.string(), std::strerror(errno)));
  std::string buffer(256 * 1024, '\0');
  result<void> outcome;
  for (ssize_t count = 0; outcome && (count = ::read(fd, buffer.data(), buffer.size())) > 0;)
    for (ssize_t at = 0; at < count;) {
      const auto written = ::write(STDOUT_FILENO, buffer.data() + at, static_cast<std::size_t>(count - at));
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) {
        outcome = fail(errc::write_failed, fmt::format("standard output: {}", std::strerror(errno)));
        break;
      }
      at += written;
    }
  ::close(fd);
  return outcome;
}

}  // namespace

result<staging> staging::make(const context& c, const std::filesystem::path& output) {
  auto made = private_folder(c);
  if (!made) return pass(made);
  return staging{std::move(*made), output,
                 share::collision_named(c.asked.on_collision).value_or(share::collision::rename)};
}

result<void> staging::forward(wire::json_object& payload) const {
  const auto record = wire::from_json<transfer_record>(wire::json_value(payload));
  if (folder.empty() || !record || !record->stored) return {};
  if (output.empty()) return copy_to_stdout(*record->stored);
  const auto moved = move_into(*record->stored, output, policy);
  if (!moved) return std::unexpected(moved.error());
  payload["stored"] = moved->string();
  return {};
}

void staging::remove() const {
  std::error_code ignored;
  if (!folder.empty()) std::filesystem::remove_all(folder, ignored);
}

}  // namespace mesh::app
