// The long-lived Ed25519 key of this device, kept in the state directory.
#pragma once
#include "agent/os/private_dir.hpp"
#include "core/crypto/sign.hpp"

#include <string>

namespace mesh::os {

// The key in the file (its 32 seed bytes, mode 0600); made and written when there is none. Errors:
// state_unreadable for a file of another length or with loose permissions (it is never replaced: peers know
// this key), disk_full, io.
result<crypto::signing_key> load_or_make_device_key(const private_dir& dir,
                                                    const std::string& name = "device_key");

}  // namespace mesh::os
