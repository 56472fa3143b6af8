// The terminals that others share with this machine: kept until somebody here looks at one.
#pragma once
#include "agent/app/data_plane.hpp"
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
class viewed_terminals {
 public:
  using reply = std::shared_ptr<control::reply>;

  viewed_terminals(server_link::account& account, server_link::server_link& link, data_plane& plane,
                   io::task_group& tasks);
  viewed_terminals(const viewed_terminals&) = delete;
  viewed_terminals& operator=(const viewed_terminals&) = delete;
  ~viewed_terminals();

  // terminal_view (until the terminal or the window ends) and terminal_ask; false for others.
  bool handle(const control::request& r, const reply& to);
  // terminal.control.* about a terminal that is seen here, and what the server says of our asking.
  bool take_event(const wire::event& e);
  // A sharer opened a stream in a session in which this side looks.
  void add(terminal_stream stream);
  wire::json_value list() const;

 private:
  struct entry;

  io::task<> view(control::request r, reply to);
  io::task<result<std::shared_ptr<entry>>> find_or_open(std::string name);
  io::task<> heartbeat();
  void ask(const control::request& r, control::reply& to);
  std::shared_ptr<entry> keep(terminal_stream stream);
  result<std::shared_ptr<entry>> find(std::string_view name) const;
  void tell_window(const entry& e) const;
  void release(const std::shared_ptr<entry>& e);

  server_link::account& account_;
  server_link::server_link& link_;
  data_plane& plane_;
  io::task_group& tasks_;
  std::map<std::uint64_t, std::shared_ptr<entry>> seen_;
  std::uint64_t last_ = 0;
  bool beating_ = false;
};

}  // namespace mesh::app
