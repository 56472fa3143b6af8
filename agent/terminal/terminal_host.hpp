// One shared terminal at its sharer: takes the output of the shell, shows it to every viewer as fast as that
// one can take it, and lets through what the one with the keyboard types. Makes no system call.
#pragma once
#include "agent/p2p/byte_stream.hpp"
#include "agent/terminal/input_gate.hpp"
#include "agent/terminal/screen.hpp"
#include "agent/terminal/size_asks.hpp"
#include "core/base/clock.hpp"
#include "core/wire/p2p_message.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::terminal {

// Who looks at a terminal, as its session says.
struct viewer_identity {
  mesh::session_id session;
  mesh::user_id user;
  mesh::device_id device;
  std::string name;             // of the person
  bool control = false;         // may ask for the keyboard
  std::string key_sha256 = {};  // of its machine
};

struct viewer_view {
  std::uint64_t number = 0;
  viewer_identity who;
  bool watching = false;
};

// A viewer would like the terminal in this size.
struct size_wish {
  viewer_identity who;
  terminal_size size;
};

// What the owner of a host is told, never from inside a call to the host but tick().
struct host_calls {
  std::function<void(bytes_view)> input;                           // for the shell
  std::function<void()> changed;                                   // who watches, who asks for a size
  std::function<void(const viewer_identity&, lease_end)> expired;  // the lease of that viewer
  std::function<void(const viewer_identity&, const std::string&)> suggested;
};

class terminal_host {
 public:
  using clock = std::function<steady_time()>;

  // Errors: library_missing, field_invalid (the size).
  static result<std::unique_ptr<terminal_host>> make(std::string name, terminal_size size, clock now,
                                                     host_calls calls);
  terminal_host(const terminal_host&) = delete;
  terminal_host& operator=(const terminal_host&) = delete;
  ~terminal_host();

  // -- the shell
  void output(bytes_view data);
  void resize(terminal_size size);
  // Nothing comes any more: every viewer is told and left to end its stream.
  void exited(std::optional<std::int32_t> code, std::optional<std::int32_t> signal);

  // -- the sharer
  // The curtain: viewers get no output while it is drawn, and a snapshot after.
  void hide(bool on);
  bool hidden() const noexcept { return hidden_; }
  // Viewers are told that what is seen and typed is kept, or no longer.
  void set_recorded(bool on);
  // What brings any terminal of this size into the state of this one.
  std::string snapshot() const { return screen_->snapshot(); }
  // Gives the keyboard to this viewer. Errors: not_found, capability_denied, conflict (an old epoch).
  result<void> grant(const mesh::session_id& to, std::uint32_t epoch, steady_time until, bool line_only);
  // The viewer who had the keyboard.
  std::optional<viewer_identity> revoke();
  // Who asked first in front. A wish is over when the terminal has that size (resize()), when it is refused,
  // after a time, and when its viewer looks no longer.
  std::vector<size_wish> size_wishes() const;
  // viewer: a person, a machine or a session; the one who asked first when empty. Errors: not_found.
  result<terminal_size> wanted_size(std::string_view viewer) const;
  result<void> refuse_size(std::string_view viewer);

  // -- viewers
  // Serves this stream; initial: bytes of it that came already. Errors: busy, too many viewers.
  result<void> add(std::unique_ptr<p2p::byte_stream> stream, viewer_identity who, bytes_view initial);
  // Ends its streams.
  void remove_session(const mesh::session_id& session, const error& reason);
  std::vector<viewer_view> viewers() const;
  const viewer_identity* find(const mesh::session_id& session) const;
  std::optional<viewer_identity> controller() const;

  // Deadlines of the lease; about four times a second.
  void tick();

  const std::string& name() const noexcept { return name_; }
  terminal_size size() const noexcept { return screen_->size(); }
  const input_gate& gate() const noexcept { return gate_; }
  bool ended() const noexcept { return ended_; }

 private:
  class viewer;
  friend class viewer;

  terminal_host(std::string name, std::unique_ptr<screen> shown, clock now, host_calls calls);
  void tell_state();
  void erase(std::uint64_t number);
  void take_input(viewer& from, std::uint32_t epoch, bytes_view data);
  void take_wish(const viewer& from, terminal_size wanted);
  void tell_sizes();
  wire::term_state state_for(std::uint64_t number) const;

  std::string name_;
  std::unique_ptr<screen> screen_;
  clock now_;
  host_calls calls_;
  input_gate gate_;
  size_asks sizes_;
  std::map<std::uint64_t, std::unique_ptr<viewer>> viewers_;
  std::uint64_t last_viewer_ = 0;
  std::uint64_t offset_ = 0;  // bytes of output so far
  bool hidden_ = false;
  bool recorded_ = false;
  bool ended_ = false;
};

}  // namespace mesh::terminal
