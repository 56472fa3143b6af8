// The sharer's side of a shared terminal: runs the shell, shows it in this window as if it were not shared,
// and brings its output to the agent. One thread runs it; the others tell it what happens.
#pragma once
#include "agent/app/own_window.hpp"
#include "agent/app/window_socket.hpp"
#include "agent/terminal/pty.hpp"
#include "agent/terminal/screen.hpp"
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

class share_window {
 public:
  using tell = std::function<void(wire::json_object)>;  // a terminal_control for the agent, from any thread

  // window: null for a terminal without one. size: of the terminal. fixed: it does not follow the window.
  // Errors: library_missing.
  static result<std::unique_ptr<share_window>> make(std::unique_ptr<terminal::pty> shell,
                                                    const window_socket& socket, own_window* window,
                                                    terminal::terminal_size size, bool fixed);
  share_window(const share_window&) = delete;
  share_window& operator=(const share_window&) = delete;

  // Until the shell has ended.
  terminal::exit_status run();

  // From any thread: what the agent says, and how it is spoken to.
  void set_tell(tell to);
  // The shell is hung up: it is not shared after all.
  void stop();
  void show(std::string_view event, const wire::json_object& payload);

 private:
  struct size_ask {
    std::string viewer;
    terminal::terminal_size size;
  };
  share_window(std::unique_ptr<terminal::pty> shell, const window_socket& socket, own_window* window,
               terminal::terminal_size size, bool fixed, std::unique_ptr<terminal::screen> shown);

  bool take_output();
  void take_connection();
  void take_input();
  void take_keys();
  void press(char key);
  void type(std::string_view keys);
  void flush_typed();
  void wake();
  void follow_size();
  void set_size(terminal::terminal_size wanted);
  void fit();
  std::string refusal();
  void ask_agent(std::string_view action);
  std::string with_region(std::string_view output);
  void paint();
  std::string status_line();

  std::unique_ptr<terminal::pty> shell_;
  const window_socket& socket_;
  own_window* window_;
  terminal::terminal_size size_;
  terminal::terminal_size window_size_;
  bool fixed_;
  std::unique_ptr<terminal::screen> shown_;
  terminal::mode_tracker region_;  // of what the window got
  os::unique_fd agent_;
  os::unique_fd woken_;  // by the other threads
  std::string typed_;    // not taken by the shell yet
  bool commanding_ = false;
  std::atomic<bool> window_gone_ = false;
  std::chrono::steady_clock::time_point written_;

  std::mutex guard_;  // of what is below
  tell tell_;
  std::string name_;
  std::string watching_;
  std::optional<std::string> asked_;
  std::optional<size_ask> size_asked_;
  std::optional<terminal::terminal_size> fit_;  // a size that the sharer takes
  std::optional<std::string> controller_;
  std::optional<std::pair<std::string, std::string>> suggested_;  // who, what
  bool hidden_ = false;
  std::string note_;  // recorded, secrets hidden
  std::atomic<bool> changed_ = true;
};

}  // namespace mesh::app
