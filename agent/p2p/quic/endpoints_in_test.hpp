// Bare endpoints and connections, below sessions: what the tests of the transport share.
#pragma once
#include "agent/p2p/quic/agents_in_test.hpp"
#include "agent/p2p/quic/bad_network_in_test.hpp"
#include "agent/p2p/quic/endpoint.hpp"
#include "agent/p2p/quic/udp_socket.hpp"

#include <set>

namespace mesh::quic::test {

// Lets in the keys it is told.
struct guest_list final : p2p::peer_authorizer {
  bool allows(std::string_view key) const override {
    ++asked;
    return everybody || keys.contains(key);
  }
  bool expects_anybody() const override { return everybody || !keys.empty(); }

  std::set<std::string, std::less<>> keys;
  bool everybody = false;
  mutable int asked = 0;
};

// Holds a connection and the streams that the peer opens on it.
struct line final : p2p::connection_handler {
  explicit line(std::unique_ptr<p2p::connection> c) : connection(std::move(c)) {
    connection->set_handler(this);
  }
  void on_stream(std::unique_ptr<p2p::byte_stream> s) override {
    auto& added = streams.emplace_back(std::move(s));
    if (on_new_stream) on_new_stream(added);
  }
  void on_closed(const error& why) override { closed = why; }
  std::unique_ptr<collector> open() { return std::make_unique<collector>(connection->open_stream().value()); }

  std::unique_ptr<p2p::connection> connection;
  std::deque<collector> streams;
  std::function<void(collector&)> on_new_stream;
  std::optional<error> closed;
};

struct host {
  struct settings {
    std::string aead;
    congestion control = congestion::automatic;
    admission_policy admission;
    std::shared_ptr<faults> network;
    std::uint32_t seed = 1;
    std::uint16_t port = 0;
  };
  explicit host(io::loop& loop) : host(loop, settings{}) {}
  host(io::loop& loop, settings s, const crypto::signing_key& device_key = crypto::signing_key::generate());

  std::string fingerprint() const { return key.verifier().fingerprint(); }
  p2p::udp_address address() const { return p2p::make_udp_address("127.0.0.1", port).value(); }
  // The outcome of dialing, after running the loop. expected: empty: the key that to really has.
  result<std::unique_ptr<line>> dial(const host& to, std::string expected = {});
  result<std::unique_ptr<line>> dial(const p2p::udp_address& to, const std::string& expected);

  io::loop& loop;
  crypto::signing_key key;
  guest_list guests;
  std::uint16_t port = 0;
  std::unique_ptr<endpoint> quic;
  std::deque<std::unique_ptr<line>> incoming;
};

}  // namespace mesh::quic::test
