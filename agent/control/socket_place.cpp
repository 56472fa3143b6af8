#include "agent/control/socket_place.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fmt/format.h>

namespace mesh::control {
namespace {

constexpr auto file_name = "control";

bool is_own_directory(const std::filesystem::path& path) {
  struct stat info{};
  return path.is_absolute() && ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode) &&
         info.st_uid == ::geteuid();
}

}  // namespace

std::filesystem::path preferred_socket(const std::filesystem::path& runtime,
                                       const std::filesystem::path& state) {
  if (is_own_directory(runtime)) return runtime / "mesh" / "agent.sock";
  return state / "agent.sock";
}

std::optional<std::filesystem::path> published_socket(const std::filesystem::path& state) {
  std::ifstream in(state / file_name, std::ios::binary);
  std::string line;
  if (!in || !std::getline(in, line) || line.empty() || line.size() > socket_path_bytes_max)
    return std::nullopt;
  return line;
}

result<void> publish_socket(const std::filesystem::path& state, const std::filesystem::path& socket) {
  const auto target = state / file_name;
  const auto fresh = state / fmt::format("{}.{}", file_name, ::getpid());
  const auto line = socket.string() + '\n';
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  const bool written = fd >= 0 && ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  if (fd >= 0) ::close(fd);
  if (!written || ::rename(fresh.c_str(), target.c_str()) != 0)
    return fail(errc::state_unreadable, fmt::format("{}: {}", target.string(), std::strerror(errno)));
  return {};
}

void unpublish_socket(const std::filesystem::path& state) {
  std::error_code ignored;
  std::filesystem::remove(state / file_name, ignored);
}

bool socket_is_live(const std::filesystem::path& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto& text = socket.native();
  if (text.empty() || text.size() > socket_path_bytes_max) return false;
  std::memcpy(address.sun_path, text.data(), text.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return false;
  const int code = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  // A full backlog (EAGAIN) is an answer too: somebody listens.
  const bool live = code == 0 || errno == EAGAIN;
  ::close(fd);
  return live;
}

}  // namespace mesh::control
