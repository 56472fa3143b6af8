// A recording played in this window: painted from the grid as a shared terminal is, so that nothing in the
// file reaches this terminal itself.
#pragma once
#include "agent/app/own_window.hpp"
#include "agent/terminal/cast_reader.hpp"
#include "agent/terminal/screen.hpp"
#include "agent/terminal/screen_painter.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace mesh::app {

class replay_window {
 public:
  using time = std::chrono::microseconds;

  // from: where it begins. speed: 1 as it was. Errors: library_missing.
  static result<std::unique_ptr<replay_window>> make(own_window& window, terminal::cast recorded, time from,
                                                     double speed);
  replay_window(const replay_window&) = delete;
  replay_window& operator=(const replay_window&) = delete;

  // Until its end and a key, or until the person leaves.
  void run();

 private:
  replay_window(own_window& window, terminal::cast recorded, time from, double speed,
                std::unique_ptr<terminal::screen> shown);
  time now() const;
  void seek(time to);
  void play_until(time to);
  bool take_keys();
  void set_speed(double speed);
  std::string status_line() const;

  own_window& window_;
  terminal::cast recorded_;
  std::unique_ptr<terminal::screen> shown_;
  terminal::screen_painter painter_;
  std::size_t next_ = 0;  // event
  std::string said_;      // by the last marker
  time from_{};           // where it stood at since_
  std::chrono::steady_clock::time_point since_;
  double speed_;
  bool paused_ = false;
};

}  // namespace mesh::app
