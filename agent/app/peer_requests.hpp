// Requests of the CLI about the keys of other devices: known_peers, accept_peer.
#pragma once
#include "agent/control/message.hpp"
#include "agent/p2p/known_peers.hpp"
#include "core/wire/json.hpp"

#include <memory>
#include <string>
#include <vector>

namespace mesh::app {

struct known_peer_info {
  std::string device_id;
  std::string key_sha256;
  std::string since;
};
BOOST_DESCRIBE_STRUCT(known_peer_info, (), (device_id, key_sha256, since))

struct known_peer_list {
  std::vector<known_peer_info> peers;
};
BOOST_DESCRIBE_STRUCT(known_peer_list, (), (peers))

class peer_requests {
 public:
  explicit peer_requests(std::shared_ptr<p2p::known_peers> known) : known_(std::move(known)) {}

  // False when the request is not one of these.
  bool handle(const control::request& r, control::reply& to);

 private:
  void list(control::reply& to) const;
  void accept(const control::request& r, control::reply& to);

  std::shared_ptr<p2p::known_peers> known_;
};

}  // namespace mesh::app
