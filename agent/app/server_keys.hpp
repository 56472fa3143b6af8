// The server's signing keys in the form that tokens are checked with.
#pragma once
#include "core/capability/keyring.hpp"
#include "core/wire/payloads.hpp"

#include <vector>

namespace mesh::app {

// A key that is not understood is left out with a warning.
capability::keyring keyring_of(const std::vector<wire::signing_key_info>& keys);

}  // namespace mesh::app
