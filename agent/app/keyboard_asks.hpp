// Who asked for the keyboard of one shared terminal, and what its sharer allowed that has not begun yet.
// Pure; time comes in as an argument.
#pragma once
#include "core/base/clock.hpp"
#include "core/base/id.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::app {

// name: of the person.
struct keyboard_ask {
  mesh::session_id session;
  mesh::device_id device;
  std::string name;
  steady_time until;
};

// The sharer has allowed it; it begins when the server has given it an epoch. request: id of the event that
// asks for one.
struct keyboard_consent {
  mesh::session_id session;
  std::chrono::minutes life{};
  bool line_only = false;
  bool by_rule = false;  // of this machine; the sharer was not asked
  std::string request;
};

class keyboard_asks {
 public:
  // In the place of an earlier ask of that session.
  void ask(keyboard_ask asked);
  // The one that is meant by a person, a machine or a session; who asked first when empty. It is answered.
  std::optional<keyboard_ask> take(std::string_view viewer);
  // Those that nobody answered in time.
  std::vector<keyboard_ask> expire(steady_time now);
  const std::vector<keyboard_ask>& waiting() const noexcept { return asks_; }

  void consent(keyboard_consent given);
  // What was allowed to this session: once, and never without being allowed.
  std::optional<keyboard_consent> begin(const mesh::session_id& session);
  // The server refused that request.
  std::optional<keyboard_consent> refuse(std::string_view request);

  // The viewer has gone, or shall not have it after all.
  void forget(const mesh::session_id& session);
  void forget_consents() { consents_.clear(); }
  // Those whose viewer does not look any more.
  void forget_unless(const std::function<bool(const mesh::session_id&)>& looks);

 private:
  std::vector<keyboard_ask> asks_;
  std::vector<keyboard_consent> consents_;
};

}  // namespace mesh::app
