// The terminals that this machine shares: where their output goes, who may look, and what their sharer says.
#pragma once
#include "agent/app/asker_presence.hpp"
#include "agent/app/data_plane.hpp"
#include "agent/app/keyboard_desk.hpp"
#include "agent/app/shared_terminal.hpp"
#include "agent/app/terminal_doors.hpp"
#include "agent/control/message.hpp"
#include "agent/server_link/account.hpp"
#include "agent/server_link/server_link.hpp"
#include "core/io/task_group.hpp"
#include "core/wire/payloads.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::app {

// One thread.
class shared_terminals {
 public:
  using reply = std::shared_ptr<control::reply>;

  // state: where recordings are kept. rules: about keyboards. masks: words of the person here that are
  // hidden, too (terminal::read_masks).
  struct wishes {
    const os::private_dir& state;
    std::function<const keyboard_rules&()> rules;
    std::vector<std::string> masks;
  };
  shared_terminals(server_link::account& account, server_link::server_link& link, data_plane& plane,
                   io::task_group& tasks, wishes wanted);
  shared_terminals(const shared_terminals&) = delete;
  shared_terminals& operator=(const shared_terminals&) = delete;

  // terminal_share (until the shell ends), terminal_attach (until its window or the shell ends) and
  // terminal_control; false for others.
  bool handle(const control::request& r, const reply& to);
  // terminal.control.* about a terminal of ours; false otherwise.
  bool take_event(const wire::event& e) { return desk_.take_event(e); }
  // A viewer opened a stream in a session in which this side shares.
  void serve(terminal_stream stream) { doors_.open(std::move(stream)); }
  void session_closed(const mesh::session_id& session, const error& reason);
  // The server remembers them no longer than a connection.
  void went_online();
  wire::json_value list() const;
  // Returns after the next change of what list() shows.
  io::task<> changed() { return changed_.wait(); }

 private:
  using entry = std::shared_ptr<shared_terminal>;

  static terminal::viewer_identity identity_of(const terminal_stream& stream);

  // shared_terminals_begin.cpp
  io::task<> share(control::request r, reply to);
  result<entry> make(const control::request& r, const reply& to, const io::executor& on);
  io::task<result<void>> offer(entry e, wire::json_object wish);
  io::task<> run(entry e, asker_presence& asker);
  result<std::optional<terminal::secret_mask>> new_mask() const;

  // shared_terminals_verbs.cpp
  io::task<> attach(control::request r, reply to);
  io::task<> control(control::request r, reply to);
  result<void> act(shared_terminal& e, const wire::json_object& wish);
  static result<void> fit(shared_terminal& e, std::string_view viewer, std::optional<std::int64_t> cols,
                          std::optional<std::int64_t> rows);
  io::task<result<void>> take_elsewhere(std::string name);

  io::task<> tick();
  result<void> let_in(const terminal_stream& who, const std::optional<std::string>& name,
                      std::unique_ptr<p2p::byte_stream>& stream, bytes_view initial);
  void announce(shared_terminal& e, bool ended = false);
  shared_terminal* with_viewer(const mesh::session_id& session);
  entry find(std::string_view name) const;
  std::string free_name(std::string wanted) const;

  server_link::account& account_;
  server_link::server_link& link_;
  data_plane& plane_;
  io::task_group& tasks_;
  wishes wishes_;
  std::map<std::string, entry, std::less<>> shared_;
  keyboard_desk desk_;
  terminal_doors doors_;
  io::condition changed_;
  bool ticking_ = false;
};

}  // namespace mesh::app
