// Ctrl-C while a daemon works for us: what was asked for is called off instead of being left to itself.
#pragma once
#include "agent/os/fd.hpp"

#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace mesh::app {

// One at a time. The first SIGINT or SIGTERM calls everything that was added, on a thread of its own; what is
// added later is called at once. The second one ends the program as usual.
class interrupt_watch {
 public:
  interrupt_watch();
  interrupt_watch(const interrupt_watch&) = delete;
  interrupt_watch& operator=(const interrupt_watch&) = delete;
  ~interrupt_watch();

  void add(std::function<void()> call);

 private:
  void wait();

  std::mutex guard_;
  bool interrupted_ = false;
  std::vector<std::function<void()>> calls_;
  os::unique_fd told_;  // the end of the pipe that the signal handler does not have
  std::thread thread_;
};

}  // namespace mesh::app
