// What this device shows in a TLS handshake: a self-signed certificate that only carries its Ed25519 device
// key.
#pragma once
#include "core/base/error.hpp"
#include "core/crypto/sign.hpp"

#include <memory>
#include <string>

struct gnutls_certificate_credentials_st;
struct gnutls_session_int;

namespace mesh::quic {

class credentials {
 public:
  // Errors: internal, when GnuTLS cannot hold the key.
  static result<credentials> of_device_key(const crypto::signing_key& key);

  gnutls_certificate_credentials_st* native() const noexcept { return native_.get(); }

 private:
  struct release {
    void operator()(gnutls_certificate_credentials_st* c) const noexcept;
  };
  std::unique_ptr<gnutls_certificate_credentials_st, release> native_;
};

// key_sha256 of the certificate that the peer presented, empty unless it is exactly one certificate with an
// Ed25519 key. GnuTLS checks by itself, in every TLS 1.3 handshake, that the peer holds the private key.
std::string peer_key_sha256(gnutls_session_int* session);

}  // namespace mesh::quic
