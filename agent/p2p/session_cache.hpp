// Sessions that the server announced to this device and that may still begin.
#pragma once
#include "core/base/clock.hpp"
#include "core/base/secret.hpp"
#include "core/capability/claims.hpp"
#include "core/capability/keyring.hpp"
#include "core/wire/payloads.hpp"

#include <map>
#include <optional>
#include <vector>

namespace mesh::p2p {

// token: what the initiator presents. peer: the other device with the key that it must prove. origin: of the
// page, when the initiator is a browser.
struct announced_session {
  mesh::session_id id;
  wire::session_kind kind = wire::session_kind::file;
  capability::role own_role = capability::role::target;
  capability::party peer;
  std::optional<mesh::room_id> room;
  secret token;
  wall_time expires;
  std::optional<std::string> origin;
};

// Of the event p2p.session.created. Errors: field_invalid, kind_unknown.
result<announced_session> announced_by_event(const wire::p2p_session_created& event);
// Of a token that a person gave on the command line, which this device may present as initiator. Errors:
// those of capability::verify.
result<announced_session> announced_by_token(secret token, const capability::keyring& keys,
                                             const mesh::session_id& session,
                                             const mesh::device_id& own_device,
                                             const std::string& own_key_sha256, wall_time server_now);

// Bounded by limits::sessions_cached_max: the session that expires first makes room. Times are the server's.
class session_cache {
 public:
  // The same session again replaces what was known.
  void add(announced_session session, wall_time now);
  // nullptr when unknown or expired by more than the clock skew.
  const announced_session* find(const mesh::session_id& id, wall_time now) const;
  void remove(const mesh::session_id& id);
  // Some announced session is with the owner of this key.
  bool has_peer(std::string_view key_sha256, wall_time now) const;
  // Some announced session is with a page of this origin.
  bool has_origin(std::string_view origin, wall_time now) const;
  bool empty(wall_time now) const;
  void purge(wall_time now);
  std::size_t size() const noexcept { return sessions_.size(); }

  const std::map<mesh::session_id, announced_session>& all() const noexcept { return sessions_; }

 private:
  std::map<mesh::session_id, announced_session> sessions_;
};

}  // namespace mesh::p2p
