// What happens to a transfer while it runs: another address, another key, a kernel that takes no more, a card
// that cannot segment.
#include "agent/p2p/quic/quic_connection.hpp"
#include "agent/p2p/quic/transfer_in_test.hpp"

#include <sys/socket.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace mesh::quic {
namespace {

using namespace test;

TEST(rough_transfer, a_nat_that_gives_the_sender_another_port_interrupts_nothing) {
  connected net({}, {}, true);
  int rebound = 0;
  EXPECT_TRUE(round_trip(net, 30'000'000, [&](std::uint64_t received) {
    if (received < static_cast<std::uint64_t>(rebound + 1) * 5'000'000 || rebound == 3) return;
    ++rebound;
    net.nat->rebind();
  }));
  EXPECT_EQ(rebound, 3);
  EXPECT_EQ(net.far->connection->stats().peer, fmt::format("127.0.0.1:{}", net.nat->outward_port()));
}

TEST(rough_transfer, a_nat_that_gives_the_receiver_another_port_interrupts_nothing) {
  connected net({}, {}, true);
  collector* sink = nullptr;
  std::size_t received = 0;
  bool rebound = false;
  net.near->on_new_stream = [&](collector& c) {
    sink = &c;
    c.keep = false;
  };
  const auto stream = net.far->open();
  source from(*stream, 20'000'000);
  ASSERT_TRUE(run_until(net.loop, [&] {
    received = sink == nullptr ? 0 : sink->received;
    if (received > 5'000'000 && !std::exchange(rebound, true)) net.nat->rebind();
    return sink != nullptr && sink->fin;
  }));
  EXPECT_EQ(received, 20'000'000U);
}

TEST(rough_transfer, a_receiver_that_moved_is_followed_and_the_bytes_go_on) {
  connected net({}, {}, true);
  udp_proxy elsewhere(net.loop, net.b.port);
  bool moved = false;
  EXPECT_TRUE(round_trip(net, 30'000'000, [&](std::uint64_t received) {
    if (received < 10'000'000 || std::exchange(moved, true)) return;
    net.nat->cut();
    EXPECT_TRUE(net.near->connection->try_address(elsewhere.address()));
  }));
  EXPECT_TRUE(moved);
  EXPECT_EQ(net.near->connection->peer_address(), elsewhere.address());
  EXPECT_FALSE(net.far->connection->try_address(elsewhere.address())) << "only the side that dialed moves it";
}

TEST(rough_transfer, a_sender_that_moved_is_followed_too) {
  connected net({}, {}, true);
  udp_proxy elsewhere(net.loop, net.b.port);
  collector* sink = nullptr;
  net.near->on_new_stream = [&](collector& c) {
    sink = &c;
    c.keep = false;
  };
  const auto stream = net.far->open();
  source from(*stream, 20'000'000);
  bool moved = false;
  ASSERT_TRUE(run_until(net.loop, [&] {
    if (sink != nullptr && sink->received > 5'000'000 && !std::exchange(moved, true)) {
      net.nat->cut();
      EXPECT_TRUE(net.near->connection->try_address(elsewhere.address()));
    }
    return sink != nullptr && sink->fin;
  }));
  EXPECT_EQ(sink->received, 20'000'000U);
  EXPECT_EQ(net.near->connection->peer_address(), elsewhere.address());
}

TEST(rough_transfer, an_address_where_the_peer_is_not_changes_nothing) {
  connected net;
  bool asked = false;
  EXPECT_TRUE(round_trip(net, 20'000'000, [&](std::uint64_t received) {
    if (received > 5'000'000 && !std::exchange(asked, true))
      EXPECT_TRUE(net.near->connection->try_address(p2p::make_udp_address("127.0.0.2", 9).value()));
  }));
  EXPECT_TRUE(asked);
  EXPECT_EQ(net.near->connection->peer_address(), net.b.address());
}

TEST(rough_transfer, keys_change_while_bytes_flow) {
  for (const auto& [left, right] : {std::pair("gnutls", "ipsec-mb"), std::pair("ipsec-mb", "gnutls")}) {
    SCOPED_TRACE(fmt::format("{} to {}", left, right));
    connected net({.aead = left}, {.aead = right});
    auto& near = dynamic_cast<connection_handle&>(*net.near->connection);
    auto& far = dynamic_cast<connection_handle&>(*net.far->connection);
    int updates = 0;
    EXPECT_TRUE(round_trip(net, 40'000'000, [&](std::uint64_t received) {
      if (received == 0) return;
      updates += near.update_keys().has_value() ? 1 : 0;
      updates += far.update_keys().has_value() ? 1 : 0;
    }));
    EXPECT_GE(updates, 1);
  }
}

TEST(rough_transfer, a_kernel_that_takes_only_some_datagrams_loses_none) {
  for (std::uint32_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(seed);
    const auto network = std::make_shared<faults>();
    connected net({.network = network, .seed = seed});
    network->full = 0.3;
    EXPECT_TRUE(round_trip(net, 10'000'000));
    EXPECT_EQ(net.near->connection->stats().packets_lost, 0U);
  }
}

// The kernel refuses to segment for a socket that sends without checksums (EINVAL), as for a train of more
// packets than it takes: each datagram must then go by itself.
TEST(rough_transfer, without_segmentation_offload_datagrams_go_one_by_one) {
  for (const bool v6 : {false, true}) {
    auto left = open_udp_sockets(0, true).value();
    auto right = open_udp_sockets(0, true).value();
    if (v6 && left.sockets.size() < 2) continue;
    auto& from = *left.sockets.at(v6 ? 1 : 0);
    auto& to = *right.sockets.at(v6 ? 1 : 0);
    const auto target = p2p::make_udp_address(v6 ? "::1" : "127.0.0.1", right.port).value();
    const int on = 1;
    if (!v6) {
      ASSERT_EQ(::setsockopt(from.descriptor(), SOL_SOCKET, SO_NO_CHECK, &on, sizeof on), 0);
    }
    constexpr std::size_t count = 200, size = 100;
    const auto data = pattern(count * size);
    EXPECT_EQ(from.send({.to = target, .from_ip = {}, .data = data, .segment = size}), data.size());
    bytes got;
    receive_buffer buffer;
    std::size_t segment = 0;
    for (auto messages = to.receive(buffer); !messages.empty(); messages = to.receive(buffer)) {
      for (const auto& m : messages) {
        got.insert(got.end(), m.data.begin(), m.data.end());
        segment = m.segment;
      }
    }
    EXPECT_EQ(got, data);
    EXPECT_EQ(segment, size);
  }
}

TEST(rough_transfer, either_congestion_control_carries_a_bad_network) {
  for (const auto control : {congestion::bbr, congestion::cubic}) {
    const auto network = std::make_shared<faults>(faults{.loss = 0.02, .delay = 0.02});
    connected net({.control = control, .network = network}, {.control = control, .network = network});
    EXPECT_TRUE(round_trip(net, 2'000'000));
  }
}

}  // namespace
}  // namespace mesh::quic
