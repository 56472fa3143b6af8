#include "agent/os/folder_keeper.hpp"

#include "agent/os/fd.hpp"
#include "agent/os/os_error.hpp"
#include "agent/os/safe_dir.hpp"
#include "core/base/mutex.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <span>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <climits>
#include <fmt/format.h>

namespace mesh::os {
namespace {

enum class action : std::uint32_t { open, make_dir, make_link, rename, unlink, make_folder, look };

// Both ends are one program: no byte order, no versions.
struct request_head {
  action what = action::look;
  std::int32_t flags = 0;
  std::uint32_t mode = 0;
  std::uint32_t first_bytes = 0;
};

struct request {
  request_head head;
  std::string first;
  std::string second;
};

constexpr std::size_t text_bytes_max = 2UZ * PATH_MAX;
// The disk of a laptop that spins up, or of another machine.
constexpr timeval patience{.tv_sec = 60, .tv_usec = 0};

struct channel {
  mutex turn;
  unique_fd end MESH_GUARDED_BY(turn);
};
channel& to_keeper() {
  static channel one;
  return one;
}

// A message and the descriptors beside it.
class parcel {
 public:
  parcel(void* head, std::size_t head_bytes, void* text, std::size_t text_bytes)
      : parts_{{{head, head_bytes}, {text, text_bytes}}} {
    message_.msg_iov = parts_.data();
    message_.msg_iovlen = parts_.size();
  }

  bool send(int to, std::span<const int> fds) {
    if (!fds.empty()) {
      message_.msg_control = space_.data();
      message_.msg_controllen = CMSG_SPACE(fds.size_bytes());
      auto* const control = CMSG_FIRSTHDR(&message_);
      control->cmsg_level = SOL_SOCKET;
      control->cmsg_type = SCM_RIGHTS;
      control->cmsg_len = CMSG_LEN(fds.size_bytes());
      std::memcpy(CMSG_DATA(control), fds.data(), fds.size_bytes());
    }
    return retry([&] { return ::sendmsg(to, &message_, MSG_NOSIGNAL); }) >= 0;
  }

  // Bytes received; 0 or less at the end.
  ssize_t receive(int from, std::array<unique_fd, 2>& fds) {
    message_.msg_control = space_.data();
    message_.msg_controllen = space_.size();
    const auto got = retry([&] { return ::recvmsg(from, &message_, MSG_CMSG_CLOEXEC); });
    if (got <= 0) return got;
    const auto* const control = CMSG_FIRSTHDR(&message_);
    if (control == nullptr || control->cmsg_type != SCM_RIGHTS) return got;
    const auto count = std::min<std::size_t>((control->cmsg_len - CMSG_LEN(0)) / sizeof(int), fds.size());
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(control) + i * sizeof fd, sizeof fd);
      fds[i] = unique_fd(fd);
    }
    return got;
  }

 private:
  template <class Call>
  static ssize_t retry(Call call) {
    ssize_t done = -1;
    do done = call();
    while (done < 0 && errno == EINTR);
    return done;
  }

  std::array<iovec, 2> parts_;
  msghdr message_{};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(2 * sizeof(int))> space_{};
};

int refuse(int number) noexcept {
  errno = number;
  return -1;
}

int ask(action what, std::span<const int> dirs, const std::string& first, const std::string& second = {},
        int flags = 0, mode_t mode = 0) noexcept {
  auto& keeper = to_keeper();
  const mutex_lock only(keeper.turn);
  if (!keeper.end) return refuse(EACCES);
  auto text = first + second;
  if (text.size() > text_bytes_max) return refuse(ENAMETOOLONG);
  request_head head{what, flags, mode, static_cast<std::uint32_t>(first.size())};
  std::int32_t number = EACCES;
  std::array<unique_fd, 2> opened;
  if (!parcel(&head, sizeof head, text.data(), text.size()).send(keeper.end.get(), dirs))
    return refuse(EACCES);
  if (parcel(&number, sizeof number, nullptr, 0).receive(keeper.end.get(), opened) !=
      static_cast<ssize_t>(sizeof number)) {
    keeper.end.reset();  // an answer that comes later would be taken for another one
    return refuse(EACCES);
  }
  if (number != 0) return refuse(number);
  return what == action::open ? opened[0].release() : 0;
}

// ---- in the keeper ----

using folders = std::vector<std::filesystem::path>;

bool lies_in(const std::filesystem::path& path, const folders& named) {
  return path.is_absolute() && path.lexically_normal() == path &&
         std::ranges::any_of(named, [&path](const std::filesystem::path& given) {
           const auto folder = given.has_filename() ? given : given.parent_path();
           return std::ranges::mismatch(folder, path).in1 == folder.end();
         });
}

bool lies_in(int dir, const folders& named) {
  std::string path(PATH_MAX, '\0');
  const auto size = ::readlink(fmt::format("/proc/self/fd/{}", dir).c_str(), path.data(), path.size());
  if (size <= 0 || static_cast<std::size_t>(size) >= path.size()) return false;
  path.resize(static_cast<std::size_t>(size));
  return lies_in(std::filesystem::path(path), named);
}

bool is_component(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && !name.contains('/') && !name.contains('\0');
}

// From the root component by component: no link below a named folder leads elsewhere.
int make_with_parents(const std::filesystem::path& folder) {
  unique_fd at(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  for (const auto& part : folder.relative_path()) {
    if (part.empty()) continue;  // behind the last slash
    if (::mkdirat(at.get(), part.c_str(), 0777) != 0 && errno != EEXIST) return -1;
    at = unique_fd(detail::open_beneath(at.get(), part, O_PATH | O_DIRECTORY, 0));
    if (!at) return -1;
  }
  return 0;
}

int serve(const request& r, const std::array<unique_fd, 2>& dirs, const folders& named) {
  const int dir = dirs[0].get();
  const auto& name = r.first;
  if (r.head.what == action::look || r.head.what == action::make_folder) {
    if (!lies_in(std::filesystem::path(name), named)) return refuse(EACCES);
    return r.head.what == action::look ? 0 : make_with_parents(name);
  }
  if (!lies_in(dir, named)) return refuse(EACCES);
  const mode_t mode = r.head.mode & 0777U;
  if (r.head.what == action::open)
    return name.contains('\0') ? refuse(EINVAL) : detail::open_beneath(dir, name, r.head.flags, mode);
  const auto& entry = r.head.what == action::make_link ? r.second : name;
  if (!is_component(entry)) return refuse(EINVAL);
  if (r.head.what == action::make_dir) return ::mkdirat(dir, name.c_str(), mode);
  if (r.head.what == action::make_link) return ::symlinkat(r.first.c_str(), dir, entry.c_str());
  if (r.head.what == action::unlink) return ::unlinkat(dir, name.c_str(), r.head.flags);
  if (!is_component(r.second) || !lies_in(dirs[1].get(), named)) return refuse(EACCES);
  return ::renameat2(dir, name.c_str(), dirs[1].get(), r.second.c_str(), static_cast<unsigned>(r.head.flags));
}

std::optional<request> next_request(int from, std::array<unique_fd, 2>& dirs) {
  request out;
  std::string text(text_bytes_max, '\0');
  const auto got = parcel(&out.head, sizeof out.head, text.data(), text.size()).receive(from, dirs);
  const auto bytes = static_cast<std::size_t>(std::max<ssize_t>(got, 0));
  if (bytes < sizeof out.head || out.head.first_bytes > bytes - sizeof out.head) return std::nullopt;
  text.resize(bytes - sizeof out.head);
  out.first = text.substr(0, out.head.first_bytes);
  out.second = text.substr(out.head.first_bytes);
  return out;
}

// Signals that end the process it serves reach it too: it ends when that one is gone.
[[noreturn]] void run(unique_fd end, const std::function<folders()>& named) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE}) (void)std::signal(number, SIG_IGN);
  (void)::prctl(PR_SET_NAME, "mesh-folders", 0, 0, 0);
  const int kept = ::fcntl(end.get(), F_DUPFD_CLOEXEC, 3);
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3; ++fd) (void)::dup2(nothing, fd);
  (void)::dup2(kept, 3);
  (void)::close_range(4, ~0U, 0);
  (void)!::chdir("/");
  while (true) {
    std::array<unique_fd, 2> dirs;
    const auto asked = next_request(3, dirs);
    if (!asked) ::_exit(0);
    const int done = serve(*asked, dirs, named());
    std::int32_t number = done < 0 ? errno : 0;
    const unique_fd opened(asked->head.what == action::open ? done : -1);
    const std::array<int, 1> fds{opened.get()};
    if (!parcel(&number, sizeof number, nullptr, 0).send(3, std::span(fds).first(opened ? 1 : 0))) ::_exit(0);
  }
}

}  // namespace

result<void> start_folder_keeper(std::function<folders()> named) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return fail_errno(errno, "make a socket pair");
  unique_fd ours(ends[0]);
  unique_fd theirs(ends[1]);
  const auto child = ::fork();
  if (child < 0) return fail_errno(errno, "fork");
  if (child == 0) {
    ours.reset();
    run(std::move(theirs), named);
  }
  (void)::setsockopt(ours.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  auto& keeper = to_keeper();
  const mutex_lock only(keeper.turn);
  keeper.end = std::move(ours);
  return {};
}

namespace keeper {

int open_beneath(int dir, const std::string& name, int flags, mode_t mode) noexcept {
  return ask(action::open, std::array{dir}, name, {}, flags, mode);
}

int make_dir(int dir, const std::string& name, mode_t mode) noexcept {
  return ask(action::make_dir, std::array{dir}, name, {}, 0, mode);
}

int make_link(const std::string& target, int dir, const std::string& name) noexcept {
  return ask(action::make_link, std::array{dir}, target, name);
}

int rename(int dir, const std::string& from, int into, const std::string& to, unsigned flags) noexcept {
  return ask(action::rename, std::array{dir, into}, from, to, static_cast<int>(flags));
}

int unlink(int dir, const std::string& name, int flags) noexcept {
  return ask(action::unlink, std::array{dir}, name, {}, flags);
}

int make_folder(const std::filesystem::path& folder) noexcept {
  return ask(action::make_folder, {}, folder.string());
}

int look(const std::filesystem::path& folder) noexcept {
  return ask(action::look, {}, folder.string());
}

}  // namespace keeper
}  // namespace mesh::os
