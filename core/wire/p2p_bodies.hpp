// REST bodies about sessions between machines: POST /api/p2p/sessions and what is made of it.
#pragma once
#include "core/wire/json.hpp"
#include "core/wire/webtransport.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mesh::wire {

// What a session may be for.
enum class session_kind { file, folder, terminal, call, screen };
BOOST_DESCRIBE_ENUM(session_kind, file, folder, terminal, call, screen)

// kind as text, so that an unknown one is answered by kind_unknown and not by a type error. ttl: seconds, 60
// to 180. sender: "initiator" (default) or "target". max_size in bytes, max_rate in bytes per second.
struct p2p_session_request {
  std::string kind;
  mesh::device_id target_device_id;
  std::optional<std::int64_t> ttl;
  std::optional<mesh::room_id> room_id;
  std::optional<mesh::device_id> initiator_device_id;
  std::optional<std::string> sender;
  std::optional<std::uint64_t> max_size;
  std::optional<std::uint64_t> max_rate;
};
BOOST_DESCRIBE_STRUCT(p2p_session_request, (),
                      (kind, target_device_id, ttl, room_id, initiator_device_id, sender, max_size, max_rate))

// A UDP address at which a device can be tried. type: "host" for an address of its own interfaces.
struct candidate {
  std::string ip;
  std::uint16_t port = 0;
  std::string type;
};
BOOST_DESCRIBE_STRUCT(candidate, (), (ip, port, type))

// webtransport: of the target, for an initiator that is a browser.
struct endpoint_info {
  std::string ip;
  std::uint16_t port = 0;
  std::optional<webtransport_endpoint> webtransport = {};
};
BOOST_DESCRIBE_STRUCT(endpoint_info, (), (ip, port, webtransport))

// Always both keys on the wire: an endpoint the server does not know is null, so this one is written by hand
// (endpoints_json) and read through optionals.
struct endpoints_info {
  std::optional<endpoint_info> initiator;
  std::optional<endpoint_info> target;
};
BOOST_DESCRIBE_STRUCT(endpoints_info, (), (initiator, target))

// {"initiator":{…}|null,"target":{…}|null}
inline json_value endpoints_json(const endpoints_info& e) {
  return json_object{{"initiator", to_json(e.initiator)}, {"target", to_json(e.target)}};
}

// session_token is the capability token. expires_at: RFC 3339 in whole seconds. endpoints: see
// endpoints_json.
struct p2p_session_answer {
  mesh::session_id session_id;
  std::string session_token;
  std::string expires_at;
  json_value endpoints;
};
BOOST_DESCRIBE_STRUCT(p2p_session_answer, (), (session_id, session_token, expires_at, endpoints))

// A place at the relay of last resort, for the session's initiator: the ticket opens wss://HOST/relay once,
// before expires_at. public_key: of the target's device key, base64url of its SubjectPublicKeyInfo.
struct p2p_relay_answer {
  mesh::session_id session_id;
  std::string ticket;
  std::string expires_at;
  std::string public_key;
};
BOOST_DESCRIBE_STRUCT(p2p_relay_answer, (), (session_id, ticket, expires_at, public_key))

struct p2p_session_info {
  mesh::session_id session_id;
  std::string kind;
  std::optional<mesh::room_id> room_id;
  mesh::device_id initiator_device_id;
  mesh::device_id target_device_id;
  std::string created_at;
  std::string expires_at;
};
BOOST_DESCRIBE_STRUCT(p2p_session_info, (),
                      (session_id, kind, room_id, initiator_device_id, target_device_id, created_at,
                       expires_at))

struct p2p_session_list {
  std::vector<p2p_session_info> sessions;
};
BOOST_DESCRIBE_STRUCT(p2p_session_list, (), (sessions))

}  // namespace mesh::wire
