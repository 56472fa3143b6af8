#include "agent/share/stoppable_output.hpp"

#include "agent/os/os_error.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace mesh::share {

stoppable_output::stoppable_output(os::unique_fd fd, std::string name)
    : fd_(std::move(fd)), stopped_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), name_(std::move(name)) {
  // The flag belongs to the open description, which others share; a pipe or a terminal can be opened anew for
  // ourselves.
  struct stat facts{};
  if (::fstat(fd_.get(), &facts) != 0) return;
  is_socket_ = S_ISSOCK(facts.st_mode);
  if (!S_ISFIFO(facts.st_mode) && !S_ISCHR(facts.st_mode)) return;
  os::unique_fd own(::open(fmt::format("/proc/self/fd/{}", fd_.get()).c_str(),
                           O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (own) fd_ = std::move(own);
}

result<std::size_t> stoppable_output::write(bytes_view data, std::chrono::milliseconds patience) {
  std::size_t done = 0;
  while (done < data.size()) {
    const auto left = data.subspan(done);
    const auto written = is_socket_ ? ::send(fd_.get(), left.data(), left.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                                    : ::write(fd_.get(), left.data(), left.size());
    if (written >= 0) {
      done += static_cast<std::size_t>(written);
    } else if (errno == EAGAIN) {
      std::array<pollfd, 2> wait{{{fd_.get(), POLLOUT, 0}, {stopped_.get(), POLLIN, 0}}};
      const int ready = ::poll(wait.data(), wait.size(), static_cast<int>(patience.count()));
      if (ready > 0 && wait[1].revents != 0) return fail(errc::canceled, "nobody reads " + name_);
      if (ready == 0) break;
    } else if (errno != EINTR) {
      return os::fail_errno(errno, "write " + name_, errc::write_failed);
    }
  }
  return done;
}

void stoppable_output::stop() noexcept {
  (void)::eventfd_write(stopped_.get(), 1);
}

}  // namespace mesh::share
