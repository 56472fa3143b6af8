// Waits for many sockets and for points in time, in one thread.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>

namespace mesh::bench {

using instant = std::chrono::steady_clock::time_point;

inline instant clock_now() {
  return std::chrono::steady_clock::now();
}

// One socket's owner; outlives its place in the reactor.
class watcher {
 public:
  virtual ~watcher() = default;
  virtual void on_ready(std::uint32_t epoll_events) = 0;
};

class reactor {
 public:
  reactor();
  reactor(const reactor&) = delete;
  reactor& operator=(const reactor&) = delete;
  ~reactor();

  // Edge triggered, for reading and writing. Closing the descriptor ends it.
  void add(int fd, watcher& owner);

  // Runs until finished() holds or `end` has come; tick() runs at the time it last named, first at once.
  // Answers whether finished() holds.
  bool run(instant end, const std::function<bool()>& finished, const std::function<instant()>& tick);
  bool run(instant end, const std::function<bool()>& finished);

 private:
  int epoll_;
};

}  // namespace mesh::bench
