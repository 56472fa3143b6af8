// One terminal that this machine shares, with the program that runs its shell and those who asked for its
// keyboard.
#pragma once
#include "agent/app/keyboard_asks.hpp"
#include "agent/app/terminal_pipe.hpp"
#include "agent/app/terminal_recording.hpp"
#include "agent/control/message.hpp"
#include "agent/terminal/pty.hpp"
#include "agent/terminal/secret_mask.hpp"
#include "agent/terminal/terminal_host.hpp"
#include "core/io/condition.hpp"
#include "core/wire/json.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::app {

struct shared_terminal {
  explicit shared_terminal(const io::executor& on) : changed(on) {}

  // What the shell wrote: to everybody who looks and into the recording, without its secrets.
  void take_output(bytes_view data);
  // Keys for the shell.
  void type(bytes_view keys);
  void resize(terminal::terminal_size size);
  // Somebody else has the keyboard from now on.
  void mark_author(std::string_view who);
  // Viewers are told that they are recorded. Errors: conflict when it is recorded already; those of
  // terminal_recording::begin().
  result<void> record(const os::private_dir& state, wall_time now);
  void stop_recording();
  // Several times a second: what changes without anybody saying so.
  void tick();

  // What the window with the shell shows of it, and the one that is open on it.
  void tell_window() const;
  // A line that somebody suggests, to both.
  void tell_suggestion(std::string_view viewer, std::string_view line) const;
  // As `terminal list` shows it.
  wire::json_object describe() const;

  std::string name;
  std::function<void()> on_told;  // after every tell_window()
  std::unique_ptr<terminal::terminal_host> host;
  std::unique_ptr<terminal_pipe> pipe;
  std::shared_ptr<control::reply> window;
  keyboard_asks asks;
  std::optional<terminal::secret_mask> mask;  // absent: the sharer wants none
  std::unique_ptr<terminal_recording> recording;
  std::unique_ptr<terminal_pipe> attached;          // to a window that the sharer opened later
  std::shared_ptr<control::reply> attached_window;  // which is told what the other one is
  std::uint64_t attached_number = 0;                // of that window
  std::vector<std::string> sessions;                // that were opened for it
  std::optional<mesh::room_id> room;                // whose people may look
  std::optional<mesh::user_id> person;              // of them this one alone
  std::optional<terminal::exit_status> status;
  std::optional<terminal::terminal_size> announced;  // once it can be looked at
  bool pipe_ended = false;
  bool by_rule = false;  // who has the keyboard was not asked about
  io::condition changed;

 private:
  std::uint64_t told_hidden_ = 0;  // secrets
};

}  // namespace mesh::app
