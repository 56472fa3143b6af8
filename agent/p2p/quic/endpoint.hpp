// The QUIC endpoint of an agent: one UDP port for IPv4 and IPv6, every connection on it, and which protocol
// (ALPN) each of them speaks. Everything happens on the thread of its executor.
#pragma once
#include "agent/p2p/http3_carrier.hpp"
#include "agent/p2p/quic/admission.hpp"
#include "agent/p2p/quic/congestion.hpp"
#include "agent/p2p/quic/credentials.hpp"
#include "agent/p2p/quic/datagram_socket.hpp"
#include "core/crypto/sign.hpp"
#include "core/io/task.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mesh::quic {

inline constexpr const char* mesh_alpn = "mesh/1";

// sockets: see open_udp_sockets. aead: "gnutls", "ipsec-mb", or empty: chosen by processor and $MESH_AEAD.
struct endpoint_options {
  std::vector<std::unique_ptr<datagram_socket>> sockets;
  admission_policy admission;
  std::string aead;
  congestion control = congestion::automatic;
};

class endpoint final : public p2p::dialer {
 public:
  using incoming = std::function<void(std::unique_ptr<p2p::http3_carrier>)>;

  // Errors: internal.
  static result<std::unique_ptr<endpoint>> start(const io::executor& on,
                                                 const crypto::signing_key& device_key,
                                                 endpoint_options options);
  // Closes every connection (code 0); those who still hold one, or a stream, are told. Not from inside a
  // callback.
  ~endpoint() override;

  // Serves a protocol with the device certificate to those whom authorizer allows; then is told of each
  // connection once its peer is verified. authorizer outlives the endpoint.
  void serve(const std::string& alpn, const p2p::peer_authorizer& authorizer, incoming then);

  // Serves h3 with this certificate; called again, with that one from the next connection on. Nobody's key is
  // asked for, and no stranger is answered while authorizer expects nobody.
  void serve_browsers(credentials certificate, const p2p::peer_authorizer& authorizer, incoming then);

  // Speaks mesh/1.
  std::uint64_t dial(const p2p::udp_address& to, const std::string& key_sha256, done then) override;
  void cancel(std::uint64_t number) override;

  std::size_t connections() const;
  // Those whose end has not been said yet.
  std::size_t open_connections() const;

 private:
  class core;
  explicit endpoint(std::shared_ptr<core> c);
  std::shared_ptr<core> core_;
};

}  // namespace mesh::quic
