// Shared terminals as agents announce them, as others hear of them, and who types into one.
#pragma once
#include "core/base/id.hpp"
#include "core/wire/json.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mesh::wire {

// terminal.shared as the sharer's agent says it: this terminal can be looked at, by the people of room_id, or
// without it by the sharer's own other devices only. to_user_id: of the people of room_id this one alone.
// ended: no longer. epoch: of the lease that its gate knows, 0 while nobody else may type.
struct terminal_offer {
  std::string name;
  std::int64_t cols = 0;
  std::int64_t rows = 0;
  std::optional<mesh::room_id> room_id;
  bool ended = false;
  std::optional<std::int64_t> epoch = {};
  std::optional<mesh::user_id> to_user_id = {};
};
BOOST_DESCRIBE_STRUCT(terminal_offer, (), (name, cols, rows, room_id, ended, epoch, to_user_id))

// Who has the keyboard of a terminal, in which session, and until when.
struct terminal_controller {
  mesh::user_id user_id;
  std::string username;
  mesh::session_id session_id;
  std::int64_t epoch = 0;
  std::string expires_at;
};
BOOST_DESCRIBE_STRUCT(terminal_controller, (), (user_id, username, session_id, epoch, expires_at))

// The same as those hear it who may look; device_id, user_id, username: of its sharer. controller: absent
// while nobody but the sharer types.
struct terminal_shared {
  mesh::device_id device_id;
  mesh::user_id user_id;
  std::string username;
  std::string name;
  std::int64_t cols = 0;
  std::int64_t rows = 0;
  std::optional<mesh::room_id> room_id;
  bool ended = false;
  std::optional<terminal_controller> controller = {};
  std::optional<mesh::user_id> to_user_id = {};
};
BOOST_DESCRIBE_STRUCT(terminal_shared, (),
                      (device_id, user_id, username, name, cols, rows, room_id, ended, controller,
                       to_user_id))

// GET /api/terminals
struct terminal_list {
  std::vector<terminal_shared> terminals;
};
BOOST_DESCRIBE_STRUCT(terminal_list, (), (terminals))

}  // namespace mesh::wire
