// Datagrams that belong to no connection: garbage, forgeries, Retry, version negotiation, stateless reset.
#include "agent/p2p/close_code.hpp"
#include "agent/p2p/quic/endpoints_in_test.hpp"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesh::quic {
namespace {

using namespace test;

// A bare UDP socket.
struct stranger {
  explicit stranger() : sockets(open_udp_sockets(0, true).value()) {}

  void send(const p2p::udp_address& to, bytes_view data) {
    (void)sockets.sockets[0]->send({.to = to, .from_ip = {}, .data = data, .segment = data.size()});
  }
  std::vector<bytes> received() {
    std::vector<bytes> out;
    for (const auto& m : sockets.sockets[0]->receive(buffer))
      for (auto rest = m.data; !rest.empty(); rest = rest.subspan(std::min(rest.size(), m.segment)))
        out.push_back(to_bytes(rest.first(std::min(rest.size(), m.segment))));
    return out;
  }
  udp_sockets sockets;
  receive_buffer buffer;
};

struct strangers : testing::Test {
  io::loop loop;

  // Everything sent before has been read by then.
  void expect_alive(host& h) {
    host c(loop);
    h.guests.keys.insert(c.fingerprint());
    const auto line = c.dial(h);
    EXPECT_TRUE(line) << line.error().detail;
  }
};

TEST_F(strangers, garbage_is_survived_and_not_answered) {
  host b(loop);
  b.guests.everybody = true;
  stranger s;
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    const auto size = 1 + random() % 1500;
    auto data = pattern(size, static_cast<std::uint32_t>(i));
    // No answer is due to these: short ones, or long headers of our version that are no Initial.
    if (size > 20)
      data[0] = std::byte{0xF0}, data[1] = data[2] = data[3] = std::byte{0}, data[4] = std::byte{1};
    s.send(b.address(), data);
  }
  expect_alive(b);
  EXPECT_TRUE(s.received().empty());
}

// 0-RTT packets (RFC 9000 section 17.2.3), as somebody replays them who saw a connection of ours.
TEST_F(strangers, early_data_is_neither_taken_nor_answered) {
  host b(loop);
  b.guests.everybody = true;
  stranger s;
  for (std::uint32_t i = 0; i < 100; ++i) {
    auto packet = pattern(1200, i);
    packet[0] = std::byte{0xD0};  // long header, fixed bit, type 0-RTT
    put_be(packet.data() + 1, std::uint32_t{1});
    packet[5] = std::byte{16};     // length of the destination's id
    packet[22] = std::byte{0};     // and of the source's
    packet[23] = std::byte{0x44};  // what follows: 1175 bytes, as a variable-length integer of two
    packet[24] = std::byte{0x97};
    s.send(b.address(), packet);
  }
  expect_alive(b);
  EXPECT_TRUE(s.received().empty());
  EXPECT_LE(b.incoming.size(), 1U) << "only the one that came last, with a handshake";
}

TEST_F(strangers, a_connection_survives_garbage_that_carries_its_ids) {
  const auto network = std::make_shared<faults>();
  host a(loop, {.network = network}), b(loop, {.network = network});
  b.guests.keys.insert(a.fingerprint());
  const auto near = a.dial(b).value();
  const auto stream = near->open();
  network->damage = 0.3;
  stream->stream->write(shared(pattern(200'000)));
  ASSERT_TRUE(run_until(loop, [&] {
    return !b.incoming.empty() && !b.incoming[0]->streams.empty() &&
           b.incoming[0]->streams[0].received == 200'000;
  }));
  EXPECT_EQ(b.incoming[0]->streams[0].data, pattern(200'000));
}

TEST_F(strangers, an_unknown_version_is_answered_by_the_one_we_speak) {
  host b(loop);
  b.guests.everybody = true;
  stranger s;
  bytes packet(1200);
  packet[0] = std::byte{0xC0};
  put_be(packet.data() + 1, std::uint32_t{0x1a2a3a4a});
  packet[5] = std::byte{8};
  packet[14] = std::byte{8};
  s.send(b.address(), packet);
  std::vector<bytes> answers;
  ASSERT_TRUE(run_until(loop, [&] { return !(answers = s.received()).empty(); }));
  EXPECT_EQ(get_be<std::uint32_t>(answers[0].data() + 1), 0U);
  EXPECT_EQ(get_be<std::uint32_t>(answers[0].data() + answers[0].size() - 4), 1U);
  // A small one could be a forged source that wants a bigger answer.
  packet.resize(1199);
  s.send(b.address(), packet);
  expect_alive(b);
  EXPECT_TRUE(s.received().empty());
}

TEST_F(strangers, an_address_is_proven_by_retry_when_asked_to) {
  host a(loop), b(loop, {.admission = {.always_retry = true}});
  b.guests.keys.insert(a.fingerprint());
  const auto near = a.dial(b);
  ASSERT_TRUE(near) << near.error().detail;
  ASSERT_TRUE(run_until(loop, [&] { return !b.incoming.empty(); }));
  // Initial, Initial with the token, and what follows: more flights than without.
  const auto stream = (*near)->open();
  stream->stream->write(shared("x"));
  EXPECT_TRUE(run_until(loop, [&] { return !b.incoming[0]->streams.empty(); }));
}

TEST_F(strangers, an_unproven_initial_costs_no_memory_while_retry_is_required) {
  const auto quiet = std::make_shared<faults>();
  host b(loop, {.admission = {.always_retry = true}, .network = quiet});
  quiet->silent = true;  // the Retry never arrives
  b.guests.everybody = true;
  host a(loop);
  a.quic->dial(b.address(), b.fingerprint(), [](auto) {});
  ASSERT_TRUE(run_until(loop, [&] { return quiet->attempts >= 2; }));
  EXPECT_EQ(b.quic->connections(), 0U);
}

TEST_F(strangers, a_token_that_is_not_ours_is_refused) {
  host b(loop, {.admission = {.always_retry = true}});
  b.guests.everybody = true;
  stranger s;
  // Initial of version 1 with a token that looks like one for Retry; protection does not matter so far.
  bytes packet(1200);
  packet[0] = std::byte{0xC0};
  put_be(packet.data() + 1, std::uint32_t{1});
  packet[5] = std::byte{8};
  packet[14] = std::byte{8};
  packet[23] = std::byte{60};
  packet[24] = std::byte{0xb6};
  packet[84] = std::byte{0x44};
  packet[85] = std::byte{0x5C};
  s.send(b.address(), packet);
  ASSERT_TRUE(run_until(loop, [&] { return !s.received().empty(); }));
  EXPECT_EQ(b.quic->connections(), 0U);
}

TEST_F(strangers, a_restarted_device_tells_the_peer_that_its_connection_is_gone) {
  host a(loop);
  const auto network = std::make_shared<faults>();
  auto b = std::make_unique<host>(loop, host::settings{.network = network});
  b->guests.keys.insert(a.fingerprint());
  const auto near = a.dial(*b).value();
  const auto stream = near->open();
  stream->stream->write(shared("x"));
  ASSERT_TRUE(run_until(loop, [&] { return !b->incoming.empty() && !b->incoming[0]->streams.empty(); }));

  // Dies without a word, and comes back on the same port.
  const auto key = crypto::signing_key::from_seed(as_bytes(b->key.seed().reveal())).value();
  const auto port = b->port;
  network->silent = true;
  b.reset();
  b = std::make_unique<host>(loop, host::settings{.port = port}, key);

  const auto begin = steady_now();
  stream->stream->write(shared("y"));
  ASSERT_TRUE(run_until(loop, [&] { return stream->closed.has_value(); }));
  EXPECT_EQ(stream->closed->code, errc::connection_lost);
  EXPECT_THAT(stream->closed->detail, testing::HasSubstr("restarted"));
  EXPECT_LT(steady_now() - begin, 5s);
}

TEST_F(strangers, a_reset_without_the_device_key_is_ignored) {
  host a(loop);
  host b(loop);
  b.guests.keys.insert(a.fingerprint());
  const auto near = a.dial(b).value();
  stranger s;
  for (std::uint32_t i = 0; i < 50; ++i) {
    auto forged = pattern(43, i);
    forged[0] = (forged[0] & std::byte{0x3f}) | std::byte{0x40};
    s.send(a.address(), forged);
  }
  const auto stream = near->open();
  stream->stream->write(shared("x"));
  ASSERT_TRUE(run_until(loop, [&] { return !b.incoming.empty() && !b.incoming[0]->streams.empty(); }));
  EXPECT_FALSE(near->closed);
}

}  // namespace
}  // namespace mesh::quic
