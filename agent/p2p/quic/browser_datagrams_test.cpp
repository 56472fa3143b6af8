// QUIC datagrams (RFC 9221, 9297) between an agent's real port and a browser that does as it likes.
#include "agent/p2p/quic/browser_in_test.hpp"
#include "agent/p2p/quic/endpoints_in_test.hpp"
#include "agent/p2p/webtransport/browser_connection.hpp"
#include "agent/p2p/webtransport/error_code.hpp"
#include "agent/p2p/webtransport/memory_browser_in_test.hpp"

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesh::quic {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

// The longest that fits a packet of 1200 bytes with everything that stands before it.
constexpr std::size_t fitting_bytes = 1'100;

// Who serves browsers, and the page that came.
struct visited_agent final : p2p::connection_handler {
  visited_agent() {
    device.guests.everybody = true;
    device.quic->serve_browsers(
        credentials::for_browsers(wall_now() - 1h).value(), device.guests,
        [this](std::unique_ptr<p2p::http3_carrier> carrier) {
          page = std::make_unique<webtransport::browser_connection>(
              std::move(carrier),
              webtransport::browser_options{
                  .challenge = {},
                  .greeting = to_bytes(as_bytes("hello")),
                  .allows_origin = [](const std::string& o) { return o == webtransport::test::page_origin; },
                  .post = [this](auto work) { io::post(loop.get_executor(), std::move(work)); }});
          page->set_handler(this);
        });
  }
  ~visited_agent() override {
    page.reset();
    loop.context().restart();
    loop.context().poll();  // what the connection left to be done later
  }

  void on_stream(std::unique_ptr<p2p::byte_stream>) override {}
  void on_datagram(bytes_view data) override { datagrams.emplace_back(as_text(data)); }
  void on_closed(const error& reason) override { closed = reason; }

  // Everything the page sent before this has been read: datagrams and streams of one loopback socket keep
  // their order.
  bool hears_all(browser& from) {
    const auto marker = fmt::format("marker {}", ++markers);
    auto sent = to_bytes(as_bytes(marker));
    sent.insert(sent.begin(), std::byte{0});
    if (!from.send_datagram(sent)) return false;
    return run_until(loop, [&] { return !datagrams.empty() && datagrams.back() == marker; }) &&
           (datagrams.pop_back(), true);
  }

  io::loop loop;
  host device{loop};
  std::unique_ptr<webtransport::browser_connection> page;
  std::vector<std::string> datagrams;
  std::optional<error> closed;
  int markers = 0;
};

bytes long_datagram(std::size_t size) {
  bytes out(size, std::byte{'x'});
  out[0] = std::byte{0};  // of the session on stream 0
  return out;
}

TEST(browser_datagrams, travel_both_ways_and_are_counted) {
  visited_agent agent;
  browser chromium(agent.loop, agent.device.port);
  ASSERT_TRUE(chromium.open_session());
  for (const auto& sent : {from_hex("006869").value(), from_hex("00").value(), long_datagram(fitting_bytes)})
    ASSERT_TRUE(chromium.send_datagram(sent));
  ASSERT_TRUE(run_until(agent.loop, [&] { return agent.datagrams.size() == 3; }));
  EXPECT_THAT(agent.datagrams, ElementsAre("hi", "", std::string(fitting_bytes - 1, 'x')));
  agent.page->send_datagram(as_bytes("ho"));
  agent.page->send_datagram({});
  agent.page->send_datagram(bytes(fitting_bytes, std::byte{7}));
  ASSERT_TRUE(run_until(agent.loop, [&] { return chromium.datagrams().size() == 3; }));
  EXPECT_THAT(chromium.datagrams(),
              ElementsAre("00686f", "00", "00" + to_hex(bytes(fitting_bytes, std::byte{7}))));
  const auto stats = agent.page->stats();
  EXPECT_EQ(stats.datagrams_received, 3U);
  EXPECT_EQ(stats.datagrams_sent, 3U);
}

TEST(browser_datagrams, that_come_before_their_session_are_dropped) {
  visited_agent agent;
  browser chromium(agent.loop, agent.device.port);
  ASSERT_TRUE(chromium.shake_hands());
  ASSERT_TRUE(run_until(agent.loop, [&] { return agent.page != nullptr; }));
  agent.page->send_datagram(as_bytes("before the session"));
  ASSERT_TRUE(chromium.send_datagram(from_hex("006561726c79").value()));
  ASSERT_TRUE(run_until(agent.loop, [&] { return agent.page->stats().datagrams_received == 1; }));
  ASSERT_TRUE(chromium.open_session());
  ASSERT_TRUE(agent.hears_all(chromium));
  EXPECT_THAT(agent.datagrams, IsEmpty());
  EXPECT_THAT(chromium.datagrams(), IsEmpty());
  EXPECT_EQ(agent.page->stats().datagrams_sent, 0U);
}

TEST(browser_datagrams, of_another_request_are_dropped) {
  visited_agent agent;
  browser chromium(agent.loop, agent.device.port);
  ASSERT_TRUE(chromium.open_session());
  // Quarters of stream numbers: the next one, one of eight bytes, the greatest there is.
  for (const char* const hex : {"0178", "c00000000000004078", "cfffffffffffffff78"})
    ASSERT_TRUE(chromium.send_datagram(from_hex(hex).value())) << hex;
  ASSERT_TRUE(agent.hears_all(chromium));
  EXPECT_THAT(agent.datagrams, IsEmpty());
  EXPECT_FALSE(agent.closed);
}

TEST(browser_datagrams, that_can_belong_to_no_request_end_the_connection) {
  // No number, half of one, and more than a quarter of the greatest number of a stream.
  for (const char* const hex : {"", "40", "8000", "d000000000000000", "ffffffffffffffff00"}) {
    SCOPED_TRACE(hex);
    visited_agent agent;
    browser chromium(agent.loop, agent.device.port);
    ASSERT_TRUE(chromium.open_session());
    ASSERT_TRUE(chromium.send_datagram(from_hex(hex).value()));
    ASSERT_TRUE(run_until(agent.loop, [&] { return chromium.closed_with() && agent.closed; }));
    EXPECT_EQ(chromium.closed_with(), webtransport::h3::datagram_error);
    EXPECT_EQ(word(agent.closed->code), word(errc::bad_frame)) << agent.closed->detail;
    EXPECT_THAT(agent.datagrams, IsEmpty());
  }
}

TEST(browser_datagrams, longer_than_a_packet_are_dropped_and_hold_nothing_up) {
  visited_agent agent;
  browser chromium(agent.loop, agent.device.port);
  ASSERT_TRUE(chromium.open_session());
  for (const std::size_t size : {2'000U, 65'000U, 70'000U, 1'000'000U})
    agent.page->send_datagram(bytes(size, std::byte{7}));
  agent.page->send_datagram(as_bytes("short"));
  ASSERT_TRUE(run_until(agent.loop, [&] { return !chromium.datagrams().empty(); }));
  EXPECT_THAT(chromium.datagrams(), ElementsAre("0073686f7274"));
  EXPECT_EQ(agent.page->stats().datagrams_sent, 1U);
}

TEST(browser_datagrams, longer_than_the_browser_takes_are_never_sent) {
  const std::pair<std::uint64_t, std::size_t> table[] = {{0, 0}, {20, 1}, {fitting_bytes, 2}};
  for (const auto& [takes, arrive] : table) {
    SCOPED_TRACE(takes);
    visited_agent agent;
    browser chromium(agent.loop, agent.device.port, takes);
    ASSERT_TRUE(chromium.open_session());
    agent.page->send_datagram(bytes(fitting_bytes, std::byte{7}));
    agent.page->send_datagram(bytes(500, std::byte{7}));
    agent.page->send_datagram(as_bytes("last"));
    // The connection lives on: more would have been a violation that ends it.
    ASSERT_TRUE(agent.hears_all(chromium));
    ASSERT_TRUE(run_until(agent.loop, [&] { return chromium.datagrams().size() == arrive; }));
    EXPECT_EQ(agent.page->stats().datagrams_sent, arrive);
    EXPECT_FALSE(chromium.closed_with());
  }
}

TEST(browser_datagrams, wait_in_a_bounded_queue) {
  visited_agent agent;
  browser chromium(agent.loop, agent.device.port);
  ASSERT_TRUE(chromium.open_session());
  for (int i = 0; i < 10'000; ++i) agent.page->send_datagram(as_bytes("x"));
  ASSERT_TRUE(run_until(agent.loop, [&] { return chromium.datagrams().size() == 16; }));
  ASSERT_TRUE(agent.hears_all(chromium));
  EXPECT_EQ(agent.page->stats().datagrams_sent, 16U);
}

TEST(browser_datagrams, after_the_end_of_their_session_reach_nobody) {
  visited_agent agent;
  browser chromium(agent.loop, agent.device.port);
  ASSERT_TRUE(chromium.open_session());
  ASSERT_TRUE(agent.hears_all(chromium));
  chromium.write(0, {}, true);  // the request's end is the session's
  chromium.send_datagram(from_hex("006c617465").value());
  ASSERT_TRUE(run_until(agent.loop, [&] { return chromium.closed_with() && agent.closed; }));
  EXPECT_EQ(chromium.closed_with(), webtransport::h3::no_error);
  agent.page->send_datagram(as_bytes("late"));
  EXPECT_THAT(agent.datagrams, IsEmpty());
  EXPECT_THAT(chromium.datagrams(), IsEmpty());
}

TEST(browser_datagrams, that_the_agent_would_send_after_its_own_last_words_stay_here) {
  visited_agent agent;
  browser chromium(agent.loop, agent.device.port);
  ASSERT_TRUE(chromium.open_session());
  agent.page->close(7, "bye");
  agent.page->send_datagram(as_bytes("late"));
  ASSERT_TRUE(chromium.send_datagram(from_hex("006c617465").value()));
  ASSERT_TRUE(run_until(agent.loop, [&] { return chromium.closed_with().has_value(); }));
  EXPECT_THAT(agent.datagrams, IsEmpty());
  EXPECT_THAT(chromium.datagrams(), IsEmpty());
}

}  // namespace
}  // namespace mesh::quic
