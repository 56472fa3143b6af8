// Whether the other side of a session may fetch something from this machine. The server has no say in it: its
// token only opens the session.
#pragma once
#include "agent/app/receive_rules.hpp"
#include "agent/p2p/session_info.hpp"
#include "agent/share/get_scope.hpp"

#include <string_view>

namespace mesh::app {

// Only a machine of the same person, which a standing rule here names with its key, and only below the
// folders of that rule. Errors: get_refused.
result<share::get_place> may_get(const p2p::session_info& session, const receive_rules& rules,
                                 std::string_view path);

}  // namespace mesh::app
