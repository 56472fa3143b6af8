// The TLS 1.3 half of one QUIC connection: credentials, ALPN, and who the peer must be.
#pragma once
#include "agent/p2p/connection.hpp"
#include "agent/p2p/quic/credentials.hpp"
#include "agent/p2p/quic/packet_protection.hpp"

#include <map>
#include <memory>
#include <string>

struct ngtcp2_crypto_conn_ref;
struct gnutls_session_int;

namespace mesh::quic {

// One protocol that an endpoint serves. identity: shown to those who dial. authorizer: asked for the key of
// their device certificate, which they must present. asks_key: without it no certificate is asked for, and
// the protocol above finds out whom it has.
struct alpn_service {
  const credentials* identity = nullptr;
  const p2p::peer_authorizer* authorizer = nullptr;
  bool asks_key = true;
};
using alpn_services = std::map<std::string, alpn_service, std::less<>>;

class tls_session {
 public:
  // Client: the peer must prove exactly the key expected_key_sha256. ref lives as long as the session and
  // leads to the ngtcp2 connection. Errors: internal.
  static result<std::unique_ptr<tls_session>> client(const credentials& identity, const std::string& alpn,
                                                     std::string expected_key_sha256,
                                                     packet_protection protection,
                                                     ngtcp2_crypto_conn_ref& ref);
  // services outlives the session.
  static result<std::unique_ptr<tls_session>> server(const alpn_services& services,
                                                     packet_protection protection,
                                                     ngtcp2_crypto_conn_ref& ref);
  tls_session(const tls_session&) = delete;
  tls_session& operator=(const tls_session&) = delete;
  ~tls_session();

  gnutls_session_int* native() const noexcept { return native_; }
  // Set once the handshake verified it.
  const std::string& peer_key() const noexcept { return peer_key_; }
  // We refused the peer: its key is not the one expected, or not allowed.
  bool refused_peer() const noexcept { return refused_peer_; }
  // The protocol agreed on; empty before the handshake.
  std::string alpn() const;
  result<p2p::channel_binding> exporter(std::string_view label, std::string_view context) const;

 private:
  tls_session() = default;
  result<void> start(bool is_server, packet_protection protection, ngtcp2_crypto_conn_ref& ref);
  static tls_session& of(gnutls_session_int* session);
  static int on_client_hello(gnutls_session_int* session);
  static int on_certificate(gnutls_session_int* session);
  bool acceptable(std::string_view key) const;

  gnutls_session_int* native_ = nullptr;
  const alpn_services* services_ = nullptr;           // server
  const p2p::peer_authorizer* authorizer_ = nullptr;  // server, once the protocol is agreed on
  std::string expected_key_;                          // client
  std::string peer_key_;
  bool refused_peer_ = false;
};

}  // namespace mesh::quic
