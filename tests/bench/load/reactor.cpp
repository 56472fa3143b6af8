#include "tests/bench/load/reactor.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <sys/epoll.h>
#include <unistd.h>

namespace mesh::bench {

reactor::reactor() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

reactor::~reactor() {
  ::close(epoll_);
}

void reactor::add(int fd, watcher& owner) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &owner;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) {
    std::perror("epoll_ctl");
    std::exit(1);
  }
}

bool reactor::run(instant end, const std::function<bool()>& finished, const std::function<instant()>& tick) {
  std::array<epoll_event, 256> ready{};
  instant next = clock_now();
  while (!finished()) {
    auto now = clock_now();
    if (now >= end) return false;
    if (now >= next) {
      next = tick();
      now = clock_now();
    }
    const auto until = std::min({next, end, now + std::chrono::hours(1)});
    const auto left = std::max(until - now, instant::duration(0));
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec patience{whole.count(), static_cast<long>(std::chrono::nanoseconds(left - whole).count())};
    const int count =
        ::epoll_pwait2(epoll_, ready.data(), static_cast<int>(ready.size()), &patience, nullptr);
    if (count < 0 && errno != EINTR) {
      std::perror("epoll_pwait2");
      std::exit(1);
    }
    for (int i = 0; i < count; ++i)
      static_cast<watcher*>(ready[static_cast<std::size_t>(i)].data.ptr)
          ->on_ready(ready[static_cast<std::size_t>(i)].events);
  }
  return true;
}

bool reactor::run(instant end, const std::function<bool()>& finished) {
  return run(end, finished, [] { return instant::max(); });
}

}  // namespace mesh::bench
