// A shared terminal seen in this window: painted letter by letter from the grid, so that nothing the sharer's
// programs write reaches this terminal itself. One thread runs it; the others tell it what happens.
#pragma once
#include "agent/app/own_window.hpp"
#include "agent/app/window_socket.hpp"
#include "agent/terminal/echo_predictor.hpp"
#include "agent/terminal/screen.hpp"
#include "agent/terminal/screen_painter.hpp"
#include "core/wire/json.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mesh::app {

class view_window {
 public:
  using tell = std::function<void(wire::json_object)>;  // a terminal_ask for the agent, from any thread

  // Errors: library_missing.
  static result<std::unique_ptr<view_window>> make(const window_socket& socket, own_window& window, tell to);
  view_window(const view_window&) = delete;
  view_window& operator=(const view_window&) = delete;

  // Until the person leaves or stop().
  void run();

  // From any thread.
  void show(std::string_view event, const wire::json_object& payload);
  void stop();

 private:
  view_window(const window_socket& socket, own_window& window, tell to,
              std::unique_ptr<terminal::screen> shown);

  int patience() const;
  bool take_output();
  bool take_keys();
  bool controls();
  void foresee(std::string_view keys);
  bool press(char key);
  void press_own(char key);
  bool is_own();
  bool take_back();
  void type_command_key();
  void show_own(const wire::json_object& payload);
  std::string own_status() const;
  void scroll(std::string_view keys);
  void scroll_by(std::string_view key);
  void follow_size();
  void paint();
  std::string mirrored_modes();
  std::string status_line();

  const window_socket& socket_;
  own_window& window_;
  tell tell_;
  std::unique_ptr<terminal::screen> shown_;
  terminal::screen_painter painter_;
  terminal::echo_predictor echo_;
  std::optional<terminal::echo_guess> foreseen_;
  os::unique_fd agent_;
  bool commanding_ = false;
  std::size_t scrolled_ = 0;
  std::string unread_keys_;  // the beginning of one that moves the view
  terminal::terminal_modes mirrored_;
  std::string line_;  // being suggested
  bool suggesting_ = false;
  std::chrono::steady_clock::time_point painted_;

  std::mutex guard_;  // of what is below
  terminal::terminal_size size_;
  std::string name_;
  std::string sharer_;
  std::string watching_;
  std::optional<std::string> keyboard_asked_;  // by whom
  std::optional<std::pair<std::string, terminal::terminal_size>> size_asked_;
  std::optional<std::pair<std::string, std::string>> suggested_;  // who, what
  bool own_ = false;  // shared from here: the person at this window is its sharer
  std::optional<std::string> controller_;
  std::optional<terminal::terminal_size> asked_;  // of the sharer, by this window
  std::string note_;
  std::optional<std::int64_t> round_trip_ms_;
  bool control_ = false;
  bool may_control_ = false;
  bool hidden_ = false;
  bool recorded_ = false;
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> changed_ = true;
};

}  // namespace mesh::app
