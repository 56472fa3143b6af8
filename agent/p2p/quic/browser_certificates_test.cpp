// The certificates that browsers see: one in use, one that follows, and when they change.
#include "agent/p2p/quic/browser_certificates.hpp"

#include "agent/p2p/quic/p2p_node.hpp"
#include "core/io/loop.hpp"

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

TEST(browser_certificates, are_made_anew_before_their_time_when_somebody_wants_it) {
  io::loop loop;
  nobody observer;
  int told = 0;
  p2p::node_config config{.device = mesh::device_id("desktop"),
                          .key_sha256 = {},
                          .keys = capability::keyring(crypto::signing_key::generate().verifier()),
                          .server_now = [] { return noon; },
                          .now = {},
                          .post = {},
                          .replay = capability::replay_guard::for_new_key(),
                          .save_replay = [](const std::string&) -> result<void> { return {}; }};
  const auto node = p2p_node::start(loop.get_executor(), crypto::signing_key::generate(),
                                    {.loopback_only = true,
                                     .node = std::move(config),
                                     .browsers = browser_service{[&told] { ++told; }}},
                                    observer)
                        .value();
  const auto before = node->browser_hashes();
  ASSERT_EQ(before.size(), 2U);
  EXPECT_TRUE(node->renew_browser_certificates());
  EXPECT_THAT(node->browser_hashes(), ElementsAre(Ne(before[0]), Ne(before[1])));
  EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace mesh::quic
