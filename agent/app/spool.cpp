#include "agent/app/spool.hpp"

#include "agent/os/fd.hpp"
#include "agent/os/os_error.hpp"
#include "core/base/limits.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace mesh::app {
namespace {

result<void> copy(int from, int to, const std::filesystem::path& name) {
  static std::array<char, limits::chunk_bytes> buffer;
  while (true) {
    const auto got = ::read(from, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return os::fail_errno(errno, "standard input", errc::file_unreadable);
    if (got == 0) return {};
    for (ssize_t at = 0; at < got;) {
      const auto put = ::write(to, buffer.data() + at, static_cast<std::size_t>(got - at));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return os::fail_errno(errno, "write " + name.string(), errc::write_failed);
      at += put;
    }
  }
}

}  // namespace

std::filesystem::path spool_folder(const std::filesystem::path& state_dir) {
  return state_dir / "spool";
}

result<std::filesystem::path> spool(int fd, const std::filesystem::path& state_dir, const std::string& name) {
  if (name.empty() || name == "." || name == ".." || name.contains('/') || name.contains('\0') ||
      name.size() > limits::file_name_bytes_max)
    return fail(errc::name_unsafe, name, "--name");
  std::error_code code;
  std::filesystem::create_directories(spool_folder(state_dir), code);
  auto folder = (spool_folder(state_dir) / "XXXXXX").string();
  if (code || ::mkdtemp(folder.data()) == nullptr)
    return fail(errc::write_failed, spool_folder(state_dir).string());
  const auto path = std::filesystem::path(folder) / name;
  const os::unique_fd to(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  const auto done = to ? copy(fd, to.get(), path)
                       : result<void>(os::fail_errno(errno, "make " + path.string(), errc::write_failed));
  if (done) return path;
  unspool(path, state_dir);
  return std::unexpected(done.error());
}

void unspool(const std::filesystem::path& file, const std::filesystem::path& state_dir) {
  if (file.parent_path().parent_path() != spool_folder(state_dir)) return;
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  std::filesystem::remove(file.parent_path(), ignored);
}

}  // namespace mesh::app
