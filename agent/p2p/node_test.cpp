// Sessions over days and dead connections, with time as an argument and connections in memory.
#include "agent/p2p/node.hpp"

#include "agent/p2p/memory_pair_in_test.hpp"
#include "core/capability/token.hpp"
#include "core/crypto/random.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesh::p2p {
namespace {

using namespace std::chrono_literals;
using namespace test;
using testing::ElementsAre;

struct world;

// One device: what its node was told, in order.
struct device final : dialer, node_observer {
  device(world& w, std::string name);

  std::uint64_t dial(const udp_address&, const std::string&, done then) override;
  void cancel(std::uint64_t) override {}

  void on_session_open(const session_info&) override { told.emplace_back("open"); }
  void on_stream(const session_info&, std::string_view, std::unique_ptr<byte_stream> s, bytes_view) override {
    told.emplace_back("stream");
    streams.push_back(std::move(s));
  }
  void on_session_paused(const session_info&) override { told.emplace_back("paused"); }
  void on_session_resumed(const session_info&) override { told.emplace_back("resumed"); }
  void on_renewal_due(const session_info&) override { ++renewals_due; }
  void on_session_closed(const session_info&, const error&) override { told.emplace_back("closed"); }

  capability::party party() const {
    return {mesh::user_id("usr_00000000000000000000000001"), mesh::device_id(name), key};
  }

  world& all;
  std::string name, key;
  std::vector<std::string> told;
  std::vector<std::unique_ptr<byte_stream>> streams;
  int renewals_due = 0;
  int dials = 0;
  std::unique_ptr<node> own;
};

struct world {
  world() : a(*this, "a"), b(*this, "b") {}
  ~world() {
    a.own.reset();
    b.own.reset();
    a.streams.clear();
    b.streams.clear();
    work.clear();
  }

  void run() {
    while (!work.empty()) {
      auto next = std::move(work.front());
      work.pop_front();
      next();
    }
  }
  // Time passes in ticks, as in the program.
  void pass(std::chrono::seconds time) {
    for (const auto end = elapsed + time; elapsed < end;) {
      elapsed += 1s;
      a.own->tick();
      b.own->tick();
      run();
    }
  }
  wall_time now() const { return from_unix_seconds(1'767'567'600) + elapsed; }

  std::string token(const mesh::session_id& id) {
    capability::claims c;
    c.iss = capability::issuer;
    c.jti = crypto::random_text(16);
    c.iat = unix_seconds(now());
    c.exp = c.iat + 120;
    c.session_id = id;
    c.initiator = a.party();
    c.target = b.party();
    c.caps = {"share:file"};
    return std::string(capability::issue(c, server).reveal());
  }
  mesh::session_id announce() {
    const auto id = crypto::new_id<session_tag>();
    announce(id);
    return id;
  }
  void announce(const mesh::session_id& id) {
    const auto text = token(id);
    for (auto* d : {&a, &b})
      d->own->announce({.id = id,
                        .own_role = d == &a ? capability::role::initiator : capability::role::target,
                        .peer = d == &a ? b.party() : a.party(),
                        .token = secret(text),
                        .expires = now() + 120s});
  }
  std::optional<result<session_info>> connect(const mesh::session_id& id) {
    outcome.reset();
    a.own->connect(id, {make_udp_address("192.0.2.2", 4000).value()},
                   [this](auto r) { outcome = std::move(r); });
    run();
    return outcome;
  }

  crypto::signing_key server = crypto::signing_key::generate();
  work_queue work;
  std::chrono::seconds elapsed{0};
  std::optional<result<session_info>> outcome;
  std::shared_ptr<memory_line> line;  // the newest connection
  device a, b;
};

device::device(world& w, std::string n) : all(w), name(std::move(n)), key(64, name[0]) {
  own = std::make_unique<node>(
      node_config{.device = mesh::device_id(name),
                  .key_sha256 = key,
                  .keys = capability::keyring(w.server.verifier()),
                  .server_now = [&w] { return w.now(); },
                  .now = [&w] { return steady_time(w.elapsed + 24h); },
                  .post = [&w](std::move_only_function<void()> job) { w.work.push_back(std::move(job)); },
                  .replay = capability::replay_guard::for_new_key(),
                  .save_replay = [](const std::string&) -> result<void> { return {}; }},
      *this, *this);
}

std::uint64_t device::dial(const udp_address&, const std::string&, done then) {
  all.work.emplace_back([this, then = std::move(then)]() mutable {
    all.line = std::make_shared<memory_line>();
    all.b.own->accept(std::make_unique<memory_connection>(all.work, all.line, 1, key));
    then(std::make_unique<memory_connection>(all.work, all.line, 0, all.b.key));
  });
  return static_cast<std::uint64_t>(++dials);
}

TEST(node, a_session_renewed_every_minute_runs_for_hours) {
  world w;
  const auto id = w.announce();
  ASSERT_TRUE(w.connect(id) && w.outcome->has_value());
  for (int minute = 1; minute <= 180; ++minute) {
    w.pass(60s);
    ASSERT_EQ(w.a.renewals_due, minute);
    ASSERT_TRUE(w.a.own->renew(id, w.token(id)));
    w.run();
  }
  EXPECT_TRUE(w.a.own->open_stream(id, "file"));
  w.run();
  EXPECT_THAT(w.a.told, ElementsAre("open"));
  EXPECT_THAT(w.b.told, ElementsAre("open", "stream"));
}

TEST(node, without_a_server_a_session_pauses_after_15_minutes_and_goes_on_after_the_next_renewal) {
  world w;
  const auto id = w.announce();
  ASSERT_TRUE(w.connect(id) && w.outcome->has_value());
  w.pass(15min - 1s);
  EXPECT_TRUE(w.a.own->open_stream(id, "file"));
  w.run();
  EXPECT_THAT(w.b.told, ElementsAre("open", "stream"));
  w.pass(1s);
  EXPECT_THAT(w.a.told, ElementsAre("open", "paused"));
  EXPECT_THAT(w.b.told, ElementsAre("open", "stream", "paused"));
  EXPECT_EQ(w.a.own->open_stream(id, "file").error().code, errc::stalled);
  w.pass(1h);
  EXPECT_EQ(w.a.own->sessions().size(), 1U) << "paused, not closed";
  ASSERT_TRUE(w.a.own->renew(id, w.token(id)));
  w.run();
  EXPECT_THAT(w.a.told, ElementsAre("open", "paused", "resumed"));
  EXPECT_THAT(w.b.told, ElementsAre("open", "stream", "paused", "resumed"));
  EXPECT_TRUE(w.a.own->open_stream(id, "file"));
  w.run();
  EXPECT_EQ(w.b.streams.size(), 2U);
}

TEST(node, a_peer_that_is_paused_takes_no_stream) {
  world w;
  const auto id = w.announce();
  ASSERT_TRUE(w.connect(id) && w.outcome->has_value());
  w.pass(15min);
  // Renewed here, but the word does not reach the peer: it still refuses.
  *w.line->cut = true;
  ASSERT_TRUE(w.a.own->renew(id, w.token(id)));
  w.run();
  *w.line->cut = false;
  ASSERT_TRUE(w.a.own->open_stream(id, "file"));
  w.run();
  EXPECT_TRUE(w.b.streams.empty());
}

TEST(node, a_second_session_uses_the_connection_of_the_first) {
  world w;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(w.connect(w.announce()) && w.outcome->has_value());
  EXPECT_EQ(w.a.dials, 1);
}

TEST(node, an_old_connection_to_a_peer_that_vanished_costs_a_second) {
  world w;
  const auto first = w.announce();
  ASSERT_TRUE(w.connect(first) && w.outcome->has_value());
  w.a.own->close_session(first);
  w.run();
  *w.line->cut = true;
  EXPECT_FALSE(w.connect(w.announce())) << "P2P_HELLO went into the void";
  EXPECT_EQ(w.a.dials, 1);
  w.pass(1s);
  EXPECT_EQ(w.a.dials, 2);
  ASSERT_TRUE(w.outcome && w.outcome->has_value());
  ASSERT_TRUE(w.connect(w.announce()) && w.outcome->has_value());
  EXPECT_EQ(w.a.dials, 2) << "the new connection is the one that is used now";
}

TEST(node, an_old_connection_with_a_running_session_is_kept_through_a_short_cut) {
  world w;
  const auto first = w.announce();
  ASSERT_TRUE(w.connect(first) && w.outcome->has_value());
  const auto old_line = w.line;
  *old_line->cut = true;
  w.connect(w.announce());
  w.pass(2s);
  ASSERT_TRUE(w.outcome && w.outcome->has_value());
  EXPECT_FALSE(old_line->closed);
  *old_line->cut = false;
  ASSERT_TRUE(w.a.own->open_stream(first, "file"));
  w.run();
  EXPECT_EQ(w.b.streams.size(), 1U);
}

TEST(node, a_peer_that_is_slow_but_alive_is_waited_for) {
  world w;
  ASSERT_TRUE(w.connect(w.announce()) && w.outcome->has_value());
  *w.line->cut = true;
  w.connect(w.announce());
  ++w.line->packets[0];  // an acknowledgement of what it has not answered yet
  w.pass(5s);
  EXPECT_EQ(w.a.dials, 1) << "a second P2P_HELLO would show the token twice";
}

TEST(node, a_session_begun_anew_is_told_to_have_ended_first) {
  world w;
  const auto id = w.announce();
  ASSERT_TRUE(w.connect(id) && w.outcome->has_value());
  *w.line->cut = true;
  w.a.own->close_session(id);
  w.run();
  w.announce(id);
  w.connect(id);
  w.pass(1s);
  ASSERT_TRUE(w.outcome && w.outcome->has_value());
  EXPECT_THAT(w.b.told, ElementsAre("open", "closed", "open"));
}

TEST(node, a_peer_that_moved_is_looked_for_at_its_new_addresses_first_and_followed) {
  world w;
  const auto id = w.announce();
  ASSERT_TRUE(w.connect(id) && w.outcome->has_value());
  const auto at = [](const char* text) { return parse_udp_address(text).value(); };
  const mesh::device_id b("b");
  w.a.own->peer_moved(b, {at("192.0.2.2:4000"), at("192.0.2.3:4000")});
  w.pass(5s);
  EXPECT_THAT(w.line->asked, ElementsAre()) << "it is where it was";
  w.line->answers_at = at("198.51.100.7:4000");
  w.a.own->peer_moved(b, {at("192.0.2.3:4000"), at("192.0.2.9:4000"), at("198.51.100.7:4000")});
  EXPECT_THAT(w.line->asked, ElementsAre("192.0.2.9:4000")) << "at once, and one that is new";
  w.pass(5s);
  EXPECT_THAT(w.line->asked, ElementsAre("192.0.2.9:4000", "198.51.100.7:4000"));
  EXPECT_TRUE(w.a.own->open_stream(id, "file"));
  w.b.own->peer_moved(mesh::device_id("a"), {at("203.0.113.1:1")});
  w.pass(5s);
  EXPECT_EQ(w.line->asked.size(), 2U) << "only the side that dialed moves a connection";
}

TEST(node, a_silent_peer_that_answers_at_no_new_address_loses_its_connection_and_a_talking_one_does_not) {
  for (const bool talks : {true, false}) {
    world w;
    ASSERT_TRUE(w.connect(w.announce()) && w.outcome->has_value());
    w.a.own->peer_moved(mesh::device_id("b"), {parse_udp_address("192.0.2.9:4000").value()});
    if (talks) ++w.line->packets[0];
    w.pass(5s);
    EXPECT_EQ(w.line->closed, !talks);
  }
}

}  // namespace
}  // namespace mesh::p2p
