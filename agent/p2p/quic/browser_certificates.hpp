// The short-lived certificates that browsers accept by their hash: the one in use and the one that follows
// it, so that a page which was told of both finds the device on either side of a rotation. Made anew at every
// start.
#pragma once
#include "agent/p2p/quic/credentials.hpp"
#include "core/base/clock.hpp"
#include "core/crypto/sha256.hpp"

#include <vector>

namespace mesh::quic {

class browser_certificates {
 public:
  // Errors: internal.
  static result<browser_certificates> make(wall_time now);

  // The next one takes over after seven days, and one more is made. True when that happened; also when the
  // clock jumped out of the life of the current one. Errors: internal.
  result<bool> advance(wall_time now);
  // When the next one takes over.
  wall_time due() const noexcept { return rotate_at_; }

  const credentials& current() const noexcept { return current_; }
  std::vector<crypto::sha256_digest> hashes() const {
    return {current_.certificate_sha256(), next_.certificate_sha256()};
  }

 private:
  browser_certificates() = default;
  credentials current_;
  credentials next_;
  wall_time made_at_{};
  wall_time rotate_at_{};
};

}  // namespace mesh::quic
