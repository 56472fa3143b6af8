// Sessions between two agents over real QUIC on loopback.
#include "agent/p2p/quic/agents_in_test.hpp"
#include "core/crypto/blake3.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesh::quic {
namespace {

using namespace test;

struct two_agents : testing::Test {
  io::loop loop;
  authority server;
  agent a{loop, server, "device-a"};
  agent b{loop, server, "device-b"};
};

TEST_F(two_agents, open_a_session_and_exchange_bytes) {
  const auto c = server.claims(a.party(), b.party());
  const auto session = open_session(server, a, b, c);
  ASSERT_TRUE(session) << session.error().detail;
  EXPECT_EQ(session->peer(), b.party());
  ASSERT_TRUE(run_until(loop, [&] { return !b.seen.opened.empty(); }));
  EXPECT_EQ(b.seen.opened[0].claims, c);
  EXPECT_EQ(b.seen.opened[0].peer(), a.party());

  auto pair = open_stream(a, b, c.session_id);
  ASSERT_NE(pair.far, nullptr);
  pair.near->stream->write(shared("question"));
  pair.near->stream->finish();
  ASSERT_TRUE(run_until(loop, [&] { return pair.far->fin; }));
  EXPECT_EQ(as_text(pair.far->data), "question");
  pair.far->stream->write(shared("answer"));
  pair.far->stream->finish();
  ASSERT_TRUE(run_until(loop, [&] { return pair.near->fin; }));
  EXPECT_EQ(as_text(pair.near->data), "answer");
}

}  // namespace
}  // namespace mesh::quic
