#include "server/relay/relay_desk.hpp"

#include "core/base/limits.hpp"
#include "core/io/loop.hpp"
#include "core/io/task_group.hpp"
#include "core/net/http_server.hpp"

#include <csignal>

#include <gtest/gtest.h>

namespace mesh::relay {
namespace {

using namespace std::chrono_literals;
const auto ignore_broken_pipes = std::signal(SIGPIPE, SIG_IGN);

// The relay behind a real server; each end is a real WebSocket.
struct relay_desk_test : testing::Test {
  void start(std::uint64_t quota = 1ULL << 40) {
    desk = std::make_unique<relay_desk>(
        settings{true, quota}, random, [this] { return now; },
        [this](std::size_t bytes) { counted += bytes; });
    net::http_server_options options;
    options.hosts = {"127.0.0.1"};
    server = std::make_unique<net::http_server>(
        loop.get_executor(), options,
        [](net::http_request) -> io::task<net::http_response> { co_return net::http_response::empty(); },
        [this](net::http_request request) -> io::task<net::ws_decision> {
          net::ws_decision decision;
          const auto seat = desk->redeem(net::query_value(request.query, "ticket").value_or(""));
          if (!seat) {
            decision.refusal = net::http_response::failure(401, "unauthorized", "no such ticket");
            co_return decision;
          }
          decision.subprotocol = subprotocol;
          decision.limits = channel_limits();
          decision.serve = [this, at = *seat](std::unique_ptr<net::ws_channel> channel) {
            return desk->serve(at, std::move(channel));
          };
          co_return decision;
        });
    ASSERT_TRUE(server->listen());
  }
  void TearDown() override {
    if (server) loop.run(server->stop(5s));
  }

  using channel = std::unique_ptr<net::ws_channel>;
  io::task<result<channel>> sit(std::string ticket) {
    auto bounds = channel_limits();
    bounds.message_bytes_max = 1 << 20;
    bounds.queue_bytes_max = 64 << 20;
    co_return co_await net::ws_connect(
        "ws://127.0.0.1:" + std::to_string(server->port()) + "/relay?ticket=" + ticket, {}, nullptr, 10s,
        bounds);
  }
  struct pair {
    channel page, machine;
  };
  io::task<pair> meet() {
    const auto tickets = desk->open(session_id("ses_1"), user_id("usr_a"), now + 1h).value();
    auto page = co_await sit(tickets.initiator);
    auto machine = co_await sit(tickets.target);
    co_return pair{std::move(*page), std::move(*machine)};
  }
  // How the other end ended.
  static io::task<std::uint16_t> end_of(net::ws_channel& which) {
    while (co_await which.receive()) {
    }
    co_return which.close_received();
  }

  io::loop loop;
  auth::system_random random;
  wall_time now = from_unix_seconds(1'800'000'000);
  std::size_t counted = 0;
  std::unique_ptr<relay_desk> desk;
  std::unique_ptr<net::http_server> server;
};

TEST_F(relay_desk_test, passes_every_message_on_as_it_is_and_counts_it) {
  start();
  loop.run([](relay_desk_test& t) -> io::task<> {
    auto at = co_await t.meet();
    const std::string whole(limits::relay_message_bytes_max, '\xff');
    at.page->send(std::string("\0\x01", 2));
    at.page->send(whole);
    EXPECT_EQ(*co_await at.machine->receive(), std::string("\0\x01", 2));
    EXPECT_EQ(*co_await at.machine->receive(), whole);
    at.machine->send("back");
    EXPECT_EQ(*co_await at.page->receive(), "back");
    EXPECT_EQ(t.counted, 2 + whole.size() + 4);
    at.page->close(1000, "");
    EXPECT_EQ(co_await t.end_of(*at.machine), 1000);
  }(*this));
}

TEST_F(relay_desk_test, opens_no_place_twice) {
  start();
  loop.run([](relay_desk_test& t) -> io::task<> {
    const auto tickets = t.desk->open(session_id("ses_1"), user_id("usr_a"), t.now + 1h).value();
    const auto page = co_await t.sit(tickets.initiator);
    EXPECT_TRUE(page);
    const auto again = co_await t.sit(tickets.initiator);
    EXPECT_EQ(again.error().code, errc::unauthorized);
    const auto stranger = co_await t.sit("nonsense");
    EXPECT_EQ(stranger.error().code, errc::unauthorized);
  }(*this));
}

TEST_F(relay_desk_test, takes_no_message_that_is_too_long_or_text) {
  start();
  loop.run([](relay_desk_test& t) -> io::task<> {
    auto at = co_await t.meet();
    at.page->send(std::string(limits::relay_message_bytes_max + 1, 'x'));
    EXPECT_EQ(co_await t.end_of(*at.page), net::close_code::too_big);
    EXPECT_EQ(co_await t.end_of(*at.machine), 1000);
  }(*this));
  EXPECT_EQ(counted, 0U);
  loop.run([](relay_desk_test& t) -> io::task<> {
    const auto tickets = t.desk->open(session_id("ses_2"), user_id("usr_a"), t.now + 1h).value();
    const auto page = co_await net::ws_connect(
        "ws://127.0.0.1:" + std::to_string(t.server->port()) + "/relay?ticket=" + tickets.initiator, {},
        nullptr, 10s);
    const auto machine = co_await t.sit(tickets.target);
    (*page)->send("text");
    EXPECT_EQ(co_await t.end_of(**page), net::close_code::unsupported_data);
  }(*this));
}

// The writer of a flood is held up by TCP; the relay keeps no more than its bound.
TEST_F(relay_desk_test, reads_no_further_than_the_other_side_takes) {
  start();
  loop.run([](relay_desk_test& t) -> io::task<> {
    auto at = co_await t.meet();
    const std::size_t flood = 2000;
    for (std::size_t i = 0; i < flood; ++i) at.page->send(std::string(limits::relay_message_bytes_max, 'x'));
    // What the kernel's buffers of two connections hold, and ours.
    constexpr std::size_t under_way_max = 16UZ * 1024 * 1024;
    std::size_t got = 0;
    for (; got < flood; ++got) {
      // The relay may do whatever it can now.
      for (int i = 0; i < 50; ++i) co_await io::yield();
      EXPECT_LE(t.counted, got * limits::relay_message_bytes_max + under_way_max);
      const auto message = co_await at.machine->receive();
      if (!message) break;
    }
    EXPECT_EQ(got, flood);
  }(*this));
}

TEST_F(relay_desk_test, ends_when_the_session_does) {
  start();
  loop.run([](relay_desk_test& t) -> io::task<> {
    auto at = co_await t.meet();
    at.page->send("one");
    (void)co_await at.machine->receive();
    t.desk->end(session_id("ses_1"), "revoked");
    EXPECT_EQ(co_await t.end_of(*at.page), net::close_code::policy_violation);
    EXPECT_EQ(co_await t.end_of(*at.machine), net::close_code::policy_violation);
  }(*this));
  loop.run([](relay_desk_test& t) -> io::task<> {
    auto at = co_await t.meet();
    t.desk->extend(session_id("ses_1"), t.now + 2h);
    t.now += 90min;
    t.desk->expire();
    at.page->send("still");
    EXPECT_TRUE(co_await at.machine->receive());
    t.now += 1h;
    t.desk->expire();
    EXPECT_EQ(co_await t.end_of(*at.page), net::close_code::policy_violation);
  }(*this));
}

TEST_F(relay_desk_test, ends_when_the_quota_is_used_up) {
  start(1000);
  loop.run([](relay_desk_test& t) -> io::task<> {
    auto at = co_await t.meet();
    at.page->send(std::string(900, 'x'));
    EXPECT_TRUE(co_await at.machine->receive());
    at.machine->send(std::string(100, 'x'));
    EXPECT_EQ(co_await t.end_of(*at.page), net::close_code::policy_violation);
    EXPECT_EQ(t.desk->open(session_id("ses_1"), user_id("usr_a"), t.now + 1h).error().code,
              errc::relay_quota);
  }(*this));
}

TEST_F(relay_desk_test, that_was_begun_anew_leaves_nobody_at_the_old_places) {
  start();
  loop.run([](relay_desk_test& t) -> io::task<> {
    auto before = co_await t.meet();
    auto after = co_await t.meet();
    EXPECT_EQ(co_await t.end_of(*before.page), 1000);
    after.page->send("new");
    EXPECT_EQ(*co_await after.machine->receive(), "new");
  }(*this));
}

}  // namespace
}  // namespace mesh::relay
