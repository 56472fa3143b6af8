// Who gets a connection: pinned keys on both sides, and nothing before they are verified.
#include "agent/p2p/quic/endpoints_in_test.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesh::quic {
namespace {

using namespace test;

struct trust : testing::Test {
  io::loop loop;
  host a{loop}, b{loop};

  // Lets everything that is under way arrive: another pair of endpoints goes through a whole handshake
  // meanwhile.
  void let_things_settle() {
    host c(loop), d(loop);
    d.guests.keys.insert(c.fingerprint());
    ASSERT_TRUE(c.dial(d));
    ASSERT_TRUE(run_until(loop, [&] { return !d.incoming.empty(); }));
  }
};

TEST_F(trust, two_devices_that_name_each_other_meet) {
  b.guests.keys.insert(a.fingerprint());
  const auto near = a.dial(b);
  ASSERT_TRUE(near) << near.error().detail;
  EXPECT_EQ((*near)->connection->peer_key_sha256(), b.fingerprint());
  EXPECT_TRUE((*near)->connection->dialed());
  ASSERT_TRUE(run_until(loop, [&] { return !b.incoming.empty(); }));
  EXPECT_EQ(b.incoming[0]->connection->peer_key_sha256(), a.fingerprint());
  EXPECT_FALSE(b.incoming[0]->connection->dialed());
}

TEST_F(trust, a_server_with_another_key_is_refused_before_a_byte_is_sent_to_it) {
  b.guests.keys.insert(a.fingerprint());
  const auto near = a.dial(b, crypto::signing_key::generate().verifier().fingerprint());
  ASSERT_FALSE(near);
  EXPECT_EQ(near.error().code, errc::peer_key_mismatch);
  EXPECT_THAT(near.error().detail, testing::HasSubstr(p2p::to_string(b.address())));
  let_things_settle();
  EXPECT_TRUE(b.incoming.empty());
}

TEST_F(trust, a_client_with_another_key_never_becomes_a_connection) {
  b.guests.keys.insert(crypto::signing_key::generate().verifier().fingerprint());
  const auto near = a.dial(b);
  // The client is done one flight before the server has judged it; it learns of the refusal either way.
  if (near) {
    const auto stream = (*near)->open();
    stream->stream->write(shared("P2P_HELLO"));
    ASSERT_TRUE(run_until(loop, [&] { return (*near)->closed && stream->closed; }));
    EXPECT_EQ((*near)->closed->code, errc::key_refused);
    EXPECT_EQ(stream->closed->code, errc::key_refused);
  } else {
    EXPECT_EQ(near.error().code, errc::key_refused);
  }
  EXPECT_GE(b.guests.asked, 1);
  EXPECT_TRUE(b.incoming.empty());
}

TEST_F(trust, nobody_is_answered_while_nobody_is_expected) {
  std::optional<error> failed;
  a.quic->dial(b.address(), b.fingerprint(), [&](auto made) { failed = made.error(); });
  let_things_settle();
  EXPECT_EQ(b.quic->connections(), 0U);
  EXPECT_EQ(b.guests.asked, 0);
  ASSERT_TRUE(run_until(loop, [&] { return failed.has_value(); }));
  EXPECT_EQ(failed->code, errc::timed_out);
  EXPECT_THAT(failed->detail, testing::HasSubstr(p2p::to_string(b.address())));
}

// Terminates TLS towards both and relays every byte, in both directions.
struct proxy {
  proxy(io::loop& loop, host& victim) : outside(loop), inside(loop), behind(victim) {
    outside.guests.everybody = true;
  }

  bool saw_anything() const {
    return std::ranges::any_of(outside.incoming, [](const auto& l) { return !l->streams.empty(); });
  }
  host outside, inside;
  host& behind;
};

TEST_F(trust, a_person_in_the_middle_is_refused_by_both_sides) {
  b.guests.keys.insert(a.fingerprint());
  proxy middle(loop, b);

  // a is led to the proxy, and expects the key of b.
  std::optional<error> at_a;
  a.quic->dial(middle.outside.address(), b.fingerprint(), [&](auto made) {
    ASSERT_FALSE(made);
    at_a = made.error();
  });
  ASSERT_TRUE(run_until(loop, [&] { return at_a.has_value(); }));
  EXPECT_EQ(at_a->code, errc::peer_key_mismatch);

  // The proxy turns to b, who expects the key of a.
  const auto onward = middle.inside.dial(b);
  if (onward) {
    ASSERT_TRUE(run_until(loop, [&] { return (*onward)->closed.has_value(); }));
    EXPECT_EQ((*onward)->closed->code, errc::key_refused);
  } else {
    EXPECT_EQ(onward.error().code, errc::key_refused);
  }
  let_things_settle();
  EXPECT_FALSE(middle.saw_anything());
  EXPECT_TRUE(b.incoming.empty());
}

TEST_F(trust, where_nobody_listens_dialing_fails_at_once) {
  std::uint16_t free_port = 0;
  {
    const auto sockets = open_udp_sockets(0, true).value();
    free_port = sockets.port;
  }
  const auto begin = steady_now();
  std::optional<error> failed;
  const auto to = p2p::make_udp_address("127.0.0.1", free_port).value();
  a.quic->dial(to, b.fingerprint(), [&](auto made) { failed = made.error(); });
  ASSERT_TRUE(run_until(loop, [&] { return failed.has_value(); }));
  EXPECT_EQ(failed->code, errc::connection_refused);
  EXPECT_LT(steady_now() - begin, 5s);
}

TEST_F(trust, ipv6_works_like_ipv4) {
  b.guests.keys.insert(a.fingerprint());
  const auto to = p2p::make_udp_address("::1", b.port).value();
  std::optional<result<std::unique_ptr<p2p::connection>>> outcome;
  a.quic->dial(to, b.fingerprint(), [&](auto made) { outcome = std::move(made); });
  ASSERT_TRUE(run_until(loop, [&] { return outcome.has_value(); }));
  if (!*outcome && outcome->error().code == errc::address_invalid) GTEST_SKIP() << "no IPv6 on this machine";
  ASSERT_TRUE(*outcome) << outcome->error().detail;
  EXPECT_EQ((**outcome)->peer_address(), to);
}

TEST_F(trust, a_taken_port_names_the_option_that_changes_it) {
  const auto second = open_udp_sockets(b.port, true);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, errc::port_in_use);
  EXPECT_THAT(second.error().detail, testing::HasSubstr("--quic-port"));
}

TEST_F(trust, a_dial_that_was_canceled_is_never_told_of) {
  b.guests.keys.insert(a.fingerprint());
  bool told = false;
  const auto number = a.quic->dial(b.address(), b.fingerprint(), [&](auto) { told = true; });
  a.quic->cancel(number);
  let_things_settle();
  EXPECT_FALSE(told);
  EXPECT_TRUE(run_until(loop, [&] { return a.quic->connections() == 0; }));
}

}  // namespace
}  // namespace mesh::quic
