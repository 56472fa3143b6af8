#include "server/app/data_dir.hpp"

#include "core/base/log.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace mesh::app {
namespace {

namespace fs = std::filesystem;

constexpr unsigned owner_only = 0600;

std::string reason(int number) {
  return std::generic_category().message(number);
}

std::unexpected<error> unusable(const fs::path& path, const std::string& why) {
  return fail(errc::state_unreadable, fmt::format("{}: {}", path.string(), why));
}

std::string read_whole(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

result<void> write_file(const fs::path& path, std::string_view text, unsigned mode) {
  const auto broken = [&] {
    return fail(errc::write_failed, fmt::format("{}: {}", path.string(), reason(errno)));
  };
  auto fresh = path;
  fresh += ".new";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
  if (fd < 0) return broken();
  const bool written = ::fchmod(fd, mode) == 0 && write_all(fd, text) && ::fsync(fd) == 0;
  if (::close(fd) != 0 || !written || ::rename(fresh.c_str(), path.c_str()) != 0) {
    auto failure = broken();
    ::unlink(fresh.c_str());
    return failure;
  }
  return {};
}

result<data_dir> data_dir::open(const fs::path& path) {
  std::error_code failure;
  fs::create_directories(path.parent_path(), failure);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return unusable(path, reason(errno));
  struct stat facts{};
  if (::stat(path.c_str(), &facts) != 0) return unusable(path, reason(errno));
  if (!S_ISDIR(facts.st_mode)) return unusable(path, "it is not a folder");
  if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0) return unusable(path, reason(errno));
  if ((facts.st_mode & 077U) != 0 && ::chmod(path.c_str(), 0700) != 0)
    log::warn("app", "{} can be read by others and could not be closed to them", path.string());
  return data_dir(path);
}

data_dir::data_dir(data_dir&& other) noexcept
    : path_(std::move(other.path_)),
      lock_(std::exchange(other.lock_, -1)),
      announced_by_us_(std::exchange(other.announced_by_us_, false)) {}

data_dir::~data_dir() {
  std::error_code unused;
  if (announced_by_us_) fs::remove(path_ / "url", unused);
  if (lock_ >= 0) ::close(lock_);
}

result<void> data_dir::lock() {
  const auto file = path_ / "lock";
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, owner_only);
  if (fd < 0) return unusable(file, reason(errno));
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    return fail(errc::state_locked, path_.string(), "data_dir");
  }
  lock_ = fd;
  return {};
}

result<std::optional<secret>> data_dir::stored_keys(const fs::path& folder) {
  const auto file = folder / "keys";
  struct stat facts{};
  if (::stat(file.c_str(), &facts) != 0) {
    if (errno != ENOENT) return unusable(file, reason(errno));
    return std::nullopt;
  }
  if ((facts.st_mode & 077U) != 0)
    return unusable(file, "the server's keys can be read by others; close the file to them (chmod 600)");
  return secret(read_whole(file));
}

result<void> data_dir::put_keys(const secret& text) const {
  return write_file(path_ / "keys", text.reveal(), owner_only);
}

result<void> data_dir::remove_keys() const {
  std::error_code failure;
  if (fs::remove(path_ / "keys", failure); failure) return unusable(path_ / "keys", failure.message());
  return {};
}

result<auth::keys> data_dir::keys() const {
  const auto stored = stored_keys(path_);
  if (!stored) return std::unexpected(stored.error());
  if (!*stored) {
    auto fresh = auth::keys::generate();
    if (auto done = put_keys(fresh.render()); !done) return pass(done);
    return fresh;
  }
  auto parsed = auth::keys::parse((*stored)->reveal());
  if (!parsed) return unusable(path_ / "keys", parsed.error().detail);
  return parsed;
}

result<void> data_dir::announce(const std::string& public_url) {
  auto done = write_file(path_ / "url", public_url + "\n", owner_only);
  announced_by_us_ = done.has_value();
  return done;
}

std::optional<std::string> data_dir::announced() const {
  auto text = read_whole(path_ / "url");
  while (text.ends_with('\n')) text.pop_back();
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace mesh::app
