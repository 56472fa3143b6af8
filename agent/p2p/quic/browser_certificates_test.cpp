// The certificates that browsers see: one in use, one that follows, and when they change.
#include "agent/p2p/quic/browser_certificates.hpp"

#include "agent/p2p/quic/agents_in_test.hpp"
#include "agent/p2p/quic/p2p_node.hpp"
#include "core/io/loop.hpp"

#include <deque>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesh::quic {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using testing::ElementsAre;
using testing::Ne;

const wall_time noon = from_unix_seconds(1'767'614'400);

TEST(browser_certificates, follow_each_other_every_week) {
  auto certificates = browser_certificates::make(noon).value();
  auto before = certificates.hashes();
  ASSERT_EQ(before.size(), 2U);
  EXPECT_NE(before[0], before[1]);
  EXPECT_FALSE(certificates.advance(noon + days(7) - 1s).value());
  EXPECT_EQ(certificates.hashes(), before);
  for (int week = 1; week <= 3; ++week) {
    EXPECT_TRUE(certificates.advance(noon + days(7 * week)).value());
    EXPECT_THAT(certificates.hashes(), ElementsAre(before[1], Ne(before[1]))) << week;
    EXPECT_FALSE(certificates.advance(noon + days(7 * week) + 1h).value());
    before = certificates.hashes();
  }
}

TEST(browser_certificates, are_made_anew_when_the_clock_leaves_their_life) {
  for (const auto when : {noon - 1s, noon + days(14), noon + days(400)}) {
    auto certificates = browser_certificates::make(noon).value();
    const auto before = certificates.hashes();
    EXPECT_TRUE(certificates.advance(when).value());
    EXPECT_THAT(certificates.hashes(), ElementsAre(Ne(before[0]), Ne(before[1])));
    EXPECT_FALSE(certificates.advance(when).value());
  }
}

struct nobody final : p2p::node_observer {
  void on_session_open(const p2p::session_info&) override {}
  void on_stream(const p2p::session_info&, std::string_view, std::unique_ptr<p2p::byte_stream>,
                 bytes_view) override {}
  void on_session_paused(const p2p::session_info&) override {}
  void on_session_resumed(const p2p::session_info&) override {}
  void on_renewal_due(const p2p::session_info&) override {}
  void on_session_closed(const p2p::session_info&, const error&) override {}
};

// A node that reads these times off its clock, one after the other; the last one from then on.
struct clocked_node {
  explicit clocked_node(std::deque<wall_time> read = {noon}) : times(std::move(read)) {
    p2p::node_config config{.device = mesh::device_id("desktop"),
                            .key_sha256 = {},
                            .keys = capability::keyring(crypto::signing_key::generate().verifier()),
                            .server_now = [this] { return next(); },
                            .now = {},
                            .post = {},
                            .replay = capability::replay_guard::for_new_key(),
                            .save_replay = [](const std::string&) -> result<void> { return {}; }};
    node = p2p_node::start(loop.get_executor(), crypto::signing_key::generate(),
                           {.loopback_only = true,
                            .node = std::move(config),
                            .browsers = browser_service{[this] { ++told; }}},
                           observer)
               .value();
  }
  wall_time next() {
    const auto now = times.front();
    if (times.size() > 1) times.pop_front();
    return now;
  }

  io::loop loop;
  nobody observer;
  std::deque<wall_time> times;
  int told = 0;
  std::unique_ptr<p2p_node> node;
};

TEST(browser_certificates, are_made_anew_before_their_time_when_somebody_wants_it) {
  clocked_node n;
  const auto before = n.node->browser_hashes();
  ASSERT_EQ(before.size(), 2U);
  EXPECT_TRUE(n.node->renew_browser_certificates());
  EXPECT_THAT(n.node->browser_hashes(), ElementsAre(Ne(before[0]), Ne(before[1])));
  EXPECT_EQ(n.told, 1);
}

TEST(browser_certificates, follow_each_other_by_themselves_when_their_week_is_over) {
  clocked_node n({noon, noon + days(7) - 1ms, noon + days(7)});
  const auto before = n.node->browser_hashes();
  ASSERT_TRUE(test::run_until(n.loop, [&] { return n.told == 1; }));
  EXPECT_THAT(n.node->browser_hashes(), ElementsAre(before[1], Ne(before[1])));
}

TEST(browser_certificates, follow_each_other_at_once_when_the_server_tells_that_time_has_passed) {
  clocked_node n;
  const auto before = n.node->browser_hashes();
  n.node->server_time_learned();
  EXPECT_EQ(n.told, 0);
  n.times = {noon + days(8)};
  n.node->server_time_learned();
  EXPECT_EQ(n.told, 1);
  EXPECT_THAT(n.node->browser_hashes(), ElementsAre(before[1], Ne(before[1])));
}

}  // namespace
}  // namespace mesh::quic
