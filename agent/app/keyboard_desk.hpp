// Who types into the terminals that this machine shares: hears who asks, does what the sharer says, and keeps
// the server, which gives each lease its epoch, in step with the gates.
#pragma once
#include "agent/app/keyboard_rules.hpp"
#include "agent/app/shared_terminal.hpp"
#include "core/wire/payloads.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace mesh::app {

// One thread.
class keyboard_desk {
 public:
  // send: to the server; false while it is away. now: by its clock.
  struct server_side {
    std::function<bool(wire::event)> send;
    std::function<wall_time()> now;
  };
  // The terminal that a session looks at, or nullptr; and every one that is shared.
  struct terminals {
    std::function<shared_terminal*(const mesh::session_id&)> with_viewer;
    std::function<void(const std::function<void(shared_terminal&)>&)> each;
  };
  // rules: whose asks are granted without the sharer. sharer: the name of the person here.
  keyboard_desk(server_side server, std::function<const keyboard_rules&()> rules,
                std::function<std::string()> sharer, terminals among);

  // terminal.control.* about a terminal of ours, and what the server says of our grants; false otherwise.
  bool take_event(const wire::event& event);

  // Who asked may type from when the server has given an epoch. viewer: as keyboard_asks::take(). Errors:
  // not_found, server_unreachable.
  result<void> allow(shared_terminal& t, std::string_view viewer, std::chrono::minutes life, bool line_only);
  void deny(shared_terminal& t, std::string_view viewer, std::string_view reason);
  // At once, whether the server hears of it or not.
  void revoke(shared_terminal& t, std::string_view reason);
  // The lease of that viewer ended by itself.
  void expired(shared_terminal& t, const terminal::viewer_identity& who, terminal::lease_end why);
  // Somebody came, looks no longer, or has gone: who does not look has no keyboard and asks for none.
  void viewers_changed(shared_terminal& t);
  void tick(shared_terminal& t);

 private:
  void take_request(shared_terminal& t, const terminal::viewer_identity& who);
  void take_grant(shared_terminal& t, const wire::terminal_control& said);
  void take_revocation(shared_terminal& t, const wire::terminal_control& said);
  bool take_refusal(const wire::event& event);
  result<void> grant(shared_terminal& t, const terminal::viewer_identity& who, std::chrono::minutes life,
                     bool line_only, bool by_rule);
  bool say(std::string_view what, const mesh::device_id& to, const wire::terminal_control& payload,
           std::string id = {});

  void ended(shared_terminal& t);
  void take_back(shared_terminal& t, std::string_view reason);

  server_side server_;
  std::function<const keyboard_rules&()> rules_;
  std::function<std::string()> sharer_;
  terminals among_;
};

}  // namespace mesh::app
