// The seam between sessions and what carries them: one encrypted connection to one verified device. QUIC,
// WebTransport and the relay provide one each.
#pragma once
#include "agent/p2p/byte_stream.hpp"
#include "agent/p2p/udp_address.hpp"
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mesh::p2p {

using channel_binding = std::array<std::byte, 32>;

// What a peer must sign who has no device key in TLS (a browser): sent to it when the connection begins, and
// bound to the certificate that it saw.
struct key_challenge {
  std::array<std::byte, 32> nonce{};
  std::array<std::byte, 32> certificate_sha256{};
};

struct connection_stats {
  std::string peer;  // "192.168.1.50:5000"
  std::chrono::nanoseconds rtt_min{};
  std::chrono::nanoseconds rtt_smoothed{};
  std::chrono::nanoseconds rtt_latest{};
  std::uint64_t congestion_window = 0;  // bytes
  std::uint64_t bytes_in_flight = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t packets_sent = 0;
  std::uint64_t packets_received = 0;
  std::uint64_t packets_lost = 0;
  std::uint64_t datagrams_sent = 0;  // of QUIC, RFC 9221
  std::uint64_t datagrams_received = 0;
  // Whether packets are spread over the round trip; absent where QUIC does not carry the connection, but what
  // TCP to the server's relay does.
  std::optional<bool> paced = {};
};

// Told on the network thread, never from inside a call to the connection.
class connection_handler {
 public:
  virtual ~connection_handler() = default;
  // The peer opened a stream; nothing of it has been delivered yet.
  virtual void on_stream(std::unique_ptr<byte_stream> stream) = 0;
  // A datagram of the peer; valid during the call. Any may be lost on the way, or overtake another.
  virtual void on_datagram(bytes_view) {}
  // Last call. Every stream was told before.
  virtual void on_closed(const error& reason) = 0;
};

class connection {
 public:
  virtual ~connection() = default;  // still open: closes it with code 0

  virtual void set_handler(connection_handler* handler) = 0;
  // key_sha256 of the device key that the peer proved in the TLS handshake; empty when challenge() is set.
  virtual const std::string& peer_key_sha256() const = 0;
  // Set: TLS proved no key of the peer, its P2P_HELLO must.
  virtual std::optional<key_challenge> challenge() const { return std::nullopt; }
  virtual udp_address peer_address() const = 0;
  // It leads through the server, which cannot read it; peer_address() says nothing then.
  virtual bool relayed() const { return false; }
  // True on the side that dialed.
  virtual bool dialed() const = 0;
  // TLS exporter of RFC 8446 section 7.5 with this label and context: equal at both ends of one connection
  // only.
  virtual result<channel_binding> exporter(std::string_view label, std::string_view context) const = 0;
  // Errors: busy when the peer allows no further stream now; connection_lost.
  virtual result<std::unique_ptr<byte_stream>> open_stream() = 0;
  // Goes out whole and once, or is lost (RFC 9221): also when too many wait, the peer takes none or none as
  // long, or what carries this connection has none.
  virtual void send_datagram(bytes_view) {}
  // With keep_alive an idle connection is kept up by pings; without it ends after 30 s of silence.
  virtual void keep_alive(bool on) = 0;
  // The peer may be found at this address from now on: asks there, and goes on there as soon as it answered;
  // until then, and without an answer, everything stays as it is. One address at a time, the latest counts.
  // For the side that dialed. Errors: busy (not now, or not any more), address_invalid.
  virtual result<void> try_address(const udp_address& to) {
    return fail(errc::address_invalid,
                "this connection stays at " + to_string(peer_address()) + ", not " + to_string(to));
  }
  // This machine got or lost an address: a connection that left by another one goes on by the new one at
  // once.
  virtual void own_address_changed() {}
  // Ends at once, streams included; code travels to the peer (CONNECTION_CLOSE).
  virtual void close(std::uint64_t code, std::string_view reason) = 0;
  virtual connection_stats stats() const = 0;
};

// Makes connections towards a device whose key is known.
class dialer {
 public:
  using done = std::move_only_function<void(result<std::unique_ptr<connection>>)>;
  virtual ~dialer() = default;
  // Calls done once, later: with a connection whose peer proved the key key_sha256, or peer_key_mismatch
  // (another key), key_refused (the peer does not accept ours), connection_refused, timed_out,
  // address_invalid. Returns a number for cancel().
  virtual std::uint64_t dial(const udp_address& to, const std::string& key_sha256, done then) = 0;
  // done is not called any more.
  virtual void cancel(std::uint64_t number) = 0;
};

// Whom an endpoint lets in; asked during the TLS handshake, before any application byte.
class peer_authorizer {
 public:
  virtual ~peer_authorizer() = default;
  // A session with the owner of this device key is announced or running.
  virtual bool allows(std::string_view key_sha256) const = 0;
  // allows() could be true for some key. When false, strangers get no answer at all.
  virtual bool expects_anybody() const = 0;
};

}  // namespace mesh::p2p
