#include "agent/app/get_permission.hpp"

namespace mesh::app {

result<share::get_place> may_get(const p2p::session_info& session, const receive_rules& rules,
                                 std::string_view path) {
  const auto& peer = session.peer();
  if (!session.sends() || peer.peer_id != session.self().peer_id)
    return fail(errc::get_refused, "files are given to machines of the same person only");
  return share::locate_get(rules.given_to(peer.device_id, peer.key_sha256), path);
}

}  // namespace mesh::app
