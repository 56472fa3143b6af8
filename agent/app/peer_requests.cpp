#include "agent/app/peer_requests.hpp"

#include "core/base/log.hpp"

namespace mesh::app {
namespace {

struct accept_body {
  std::string device_id;
  std::string key_sha256;
};
BOOST_DESCRIBE_STRUCT(accept_body, (), (device_id, key_sha256))

}  // namespace

bool peer_requests::handle(const control::request& r, control::reply& to) {
  if (r.type == "known_peers")
    list(to);
  else if (r.type == "accept_peer")
    accept(r, to);
  else
    return false;
  return true;
}

void peer_requests::list(control::reply& to) const {
  known_peer_list out;
  for (const auto& [device, peer] : known_->all())
    out.peers.push_back({device.str(), peer.key_sha256, format_rfc3339(peer.since)});
  to.done(wire::to_json(out).as_object());
}

void peer_requests::accept(const control::request& r, control::reply& to) {
  const auto body = wire::from_json<accept_body>(wire::json_value(r.payload), wire::unknown_keys::refuse);
  if (!body) return to.fail(body.error());
  if (!valid_device_id(body->device_id))
    return to.fail({errc::field_invalid, "no name of a device", "device_id"});
  const auto done = known_->accept(device_id(body->device_id), body->key_sha256, wall_now());
  if (!done) return to.fail(done.error());
  log::warn("p2p", "the key of {} that begins with {} is accepted from now on, as asked", body->device_id,
            body->key_sha256.substr(0, 16));
  to.done();
}

}  // namespace mesh::app
