// The terminals that this machine shares: where their output goes, who looks, and who may type.
#pragma once
#include "agent/app/data_plane.hpp"
#include "agent/app/terminal_door.hpp"
#include "agent/control/message.hpp"
#include "agent/server_link/account.hpp"
#include "agent/server_link/server_link.hpp"
#include "core/io/task_group.hpp"
#include "core/wire/payloads.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace mesh::app {

// One thread.
class shared_terminals {
 public:
  using reply = std::shared_ptr<control::reply>;

  shared_terminals(server_link::account& account, server_link::server_link& link, data_plane& plane,
                   io::task_group& tasks);
  shared_terminals(const shared_terminals&) = delete;
  shared_terminals& operator=(const shared_terminals&) = delete;
  ~shared_terminals();

  // terminal_share (until the shell ends) and terminal_control; false for others.
  bool handle(const control::request& r, const reply& to);
  // terminal.control.* about a terminal of ours; false otherwise.
  bool take_event(const wire::event& e);
  // A viewer opened a stream in a session in which this side shares.
  void serve(terminal_stream stream);
  void session_closed(const mesh::session_id& session, const error& reason);
  wire::json_value list() const;

 private:
  struct entry;

  io::task<> share(control::request r, reply to);
  io::task<result<void>> invite(std::shared_ptr<entry> e, wire::json_object wish);
  io::task<> tick();
  void control(const control::request& r, control::reply& to);
  result<void> act(entry& e, std::string_view action, const wire::json_object& wish);
  result<void> allow(entry& e, const std::string& viewer, std::chrono::minutes life, bool line_only);
  void deny(entry& e, const std::string& viewer, std::string_view reason);
  void revoke(entry& e, std::string_view reason);
  void take_request(const wire::terminal_control& asked);
  void end(entry& e, std::optional<std::int32_t> code, std::optional<std::int32_t> signal);
  void tell_window(const entry& e);
  void say(std::string_view what, const mesh::device_id& to, wire::terminal_control payload);
  entry* with_viewer(const mesh::session_id& session);
  std::shared_ptr<entry> find(std::string_view name);
  std::string free_name(std::string wanted) const;

  server_link::account& account_;
  server_link::server_link& link_;
  data_plane& plane_;
  io::task_group& tasks_;
  std::map<std::string, std::shared_ptr<entry>, std::less<>> shared_;
  // Streams of viewers that have not said which terminal they want.
  std::map<std::uint64_t, std::unique_ptr<terminal_door>> doors_;
  std::uint64_t last_door_ = 0;
  bool ticking_ = false;
};

}  // namespace mesh::app
