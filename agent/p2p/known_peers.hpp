// The device keys that this machine has met, by device. Who comes back under the same name with another key
// is refused until a person says otherwise: the server introduces, but it cannot replace.
#pragma once
#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "core/base/id.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace mesh::p2p {

struct known_peer {
  std::string key_sha256;
  wall_time since{};
};

class known_peers {
 public:
  static constexpr std::size_t peers_max = 4096;
  // Keeps serialise() across restarts.
  using keep = std::function<result<void>(const std::string&)>;

  known_peers() = default;
  // Errors: state_unreadable, for a text that is not one of serialise(). Nothing is forgotten in silence.
  static result<known_peers> restore(std::string_view saved);
  std::string serialise() const;
  void on_change(keep call) { keep_ = std::move(call); }

  // First contact is fine. Errors: peer_key_changed, when another key is remembered for this device.
  result<void> check(const mesh::device_id& device, std::string_view key_sha256) const;
  // The device proved this key, which check() lets pass. When there are peers_max, the one met first of all
  // makes room. Errors: those of keep; the key is remembered as long as this object lives all the same.
  result<void> meet(const mesh::device_id& device, std::string_view key_sha256, wall_time now);
  // A person accepted this key, whatever was remembered. Errors: those of keep; then nothing changed.
  result<void> accept(const mesh::device_id& device, std::string_view key_sha256, wall_time now);

  const std::map<mesh::device_id, known_peer>& all() const noexcept { return peers_; }

 private:
  result<void> kept() const { return keep_ ? keep_(serialise()) : result<void>(); }
  void make_room();

  std::map<mesh::device_id, known_peer> peers_;
  keep keep_;
};

}  // namespace mesh::p2p
