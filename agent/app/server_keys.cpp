#include "agent/app/server_keys.hpp"

#include "core/base/log.hpp"

namespace mesh::app {

capability::keyring keyring_of(const std::vector<wire::signing_key_info>& keys) {
  capability::keyring out;
  for (const auto& k : keys) {
    const auto der = from_base64url(k.public_key);
    const auto key = crypto::public_key::from_spki(der.value_or(bytes()));
    if (key)
      out.add(*key);
    else
      log::warn("p2p", "the server's signing key {} is not understood", k.kid);
  }
  return out;
}

}  // namespace mesh::app
