// The terminal window this program runs in: its size, raw mode, and a pipe that wakes who waits for it.
#pragma once
#include "agent/os/fd.hpp"
#include "agent/terminal/screen.hpp"

#include <string>
#include <string_view>
#include <termios.h>

namespace mesh::app {

// One at a time. While it lives, keys come as they are typed and nothing is echoed.
class own_window {
 public:
  own_window();
  own_window(const own_window&) = delete;
  own_window& operator=(const own_window&) = delete;
  ~own_window();

  terminal::terminal_size size() const;
  // For poll(): readable after a change of size or wake().
  int woken() const noexcept { return awake_.get(); }
  void take_wakes() const;
  // From any thread.
  static void wake() noexcept;
  // Leaves raw mode; the destructor does it too.
  void restore() noexcept;

 private:
  termios before_{};
  bool raw_ = false;
  os::unique_fd awake_;
  os::unique_fd waker_;
};

// Writes everything, waiting where need be; false when the other end is gone.
bool write_fully(int fd, std::string_view data);

}  // namespace mesh::app
