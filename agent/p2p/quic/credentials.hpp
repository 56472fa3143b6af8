// What this device shows in a TLS handshake: a self-signed certificate that only carries its Ed25519 device
// key.
#pragma once
#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "core/crypto/sign.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <string>

struct gnutls_certificate_credentials_st;
struct gnutls_session_int;
struct gnutls_x509_crt_int;
struct gnutls_x509_privkey_int;

namespace mesh::quic {

// Copies are the same credentials.
class credentials {
 public:
  credentials() = default;  // none
  // Errors: internal, when GnuTLS cannot hold the key.
  static result<credentials> of_device_key(const crypto::signing_key& key);

  // A self-signed P-256 certificate that browsers accept by its hash alone: valid for 13 days from
  // not_before, a little less than the 14 that they allow. Errors: internal.
  static result<credentials> for_browsers(wall_time not_before);

  // SHA-256 over the certificate's DER: serverCertificateHashes of the W3C's WebTransport.
  const std::array<std::byte, 32>& certificate_sha256() const noexcept { return certificate_sha256_; }

  gnutls_certificate_credentials_st* native() const noexcept { return native_.get(); }

 private:
  static result<credentials> holding(gnutls_x509_crt_int* certificate, gnutls_x509_privkey_int* key);

  std::shared_ptr<gnutls_certificate_credentials_st> native_;
  std::array<std::byte, 32> certificate_sha256_{};
};

// key_sha256 of the certificate that the peer presented, empty unless it is exactly one certificate with an
// Ed25519 key. GnuTLS checks by itself, in every TLS 1.3 handshake, that the peer holds the private key.
std::string peer_key_sha256(gnutls_session_int* session);

}  // namespace mesh::quic
