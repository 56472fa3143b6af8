// Peers that are slow, silent or too busy.
#include "core/net/ws_fixture.hpp"

namespace mesh::net {
namespace {

TEST_F(ws_channel_test, a_peer_that_does_not_answer_pings_is_cut) {
  bounds.silence_max = 40ms;
  start();
  const auto heard = provoke("");
  EXPECT_TRUE(heard.starts_with(std::string_view("\x89\x00", 2))) << heard.size();
  loop.run([](std::optional<error>& done) -> io::task<> {
    while (!done) co_await io::yield();
  }(ended));
  EXPECT_EQ(ended->code, errc::stalled);
}

TEST_F(ws_channel_test, a_peer_that_answers_pings_stays) {
  bounds.silence_max = 400ms;
  start();
  loop.run([](ws_channel_test& self) -> io::task<> {
    raw_client client(self.loop.get_executor());
    co_await self.upgrade(client);
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(co_await client.read_exactly(2), std::string_view("\x89\x00", 2));
      co_await client.send(frame(0x8A, ""));
    }
    co_await client.send(frame(0x81, "x"));
    EXPECT_EQ(co_await client.read_exactly(3), "\x81\x01x");
    client.close();
  }(*this));
}

TEST_F(ws_channel_test, a_flood_of_pings_is_cut) {
  start();
  std::string flood;
  for (int i = 0; i < 500; ++i) flood += frame(0x89, "");
  provoke(flood);
  loop.run([](std::optional<error>& done) -> io::task<> {
    while (!done) co_await io::yield();
  }(ended));
  EXPECT_EQ(ended->code, errc::rate_limited);
}

TEST_F(ws_channel_test, a_slow_consumer_is_closed_when_its_queue_is_full) {
  bounds.queue_messages_max = 8;
  bounds.close_timeout = 100ms;
  bool overflowed = false;
  std::size_t sent = 0;
  start([&](std::unique_ptr<ws_channel> channel) -> io::task<> {
    const std::string text(60'000, 's');
    while (channel->is_open() && sent < 100'000) {
      channel->send(text);
      ++sent;
      EXPECT_LE(channel->queued(), 8U);
      co_await io::yield();
    }
    overflowed = !channel->is_open();
    co_await channel->closed();
  });
  loop.run([](ws_channel_test& self, bool& full) -> io::task<> {
    raw_client client(self.loop.get_executor());
    client.shrink_receive_buffer();
    co_await self.upgrade(client);
    while (!full || self.server->connections() > 0) co_await io::sleep_for(1ms);
    client.close();
  }(*this, overflowed));
  EXPECT_TRUE(overflowed);
  EXPECT_LT(sent, 1000U);
}

TEST_F(ws_channel_test, a_slow_consumer_that_wakes_up_learns_1008) {
  bounds.queue_messages_max = 4;
  bounds.close_timeout = 200ms;
  start([](std::unique_ptr<ws_channel> channel) -> io::task<> {
    // More than the kernel takes, then more than the queue holds.
    for (int i = 0; i < 1000 && channel->is_open(); ++i) channel->send(std::string(60'000, 's'));
    EXPECT_FALSE(channel->is_open());
    co_await channel->closed();
  });
  const auto heard = provoke("");
  EXPECT_NE(heard.find("\x88"), std::string::npos);
  EXPECT_NE(heard.find("\x03\xF0"), std::string::npos);  // 1008
}

// The first messages go out at once, the one that fills the kernel's buffer in two pieces, the rest through
// the queue; pongs in between.
TEST_F(ws_channel_test, a_burst_beyond_what_the_kernel_takes_arrives_whole_and_in_order) {
  bounds.queue_messages_max = 1000;
  bounds.queue_bytes_max = 100'000'000;
  constexpr int count = 200;
  start([](std::unique_ptr<ws_channel> channel) -> io::task<> {
    EXPECT_TRUE(co_await channel->receive());
    for (int i = 0; i < count; ++i)
      channel->send(std::to_string(i) + ' ' + std::string(60'000, static_cast<char>('a' + i % 26)));
    while (co_await channel->receive()) {
    }
  });
  loop.run([](ws_channel_test& self) -> io::task<> {
    raw_client client(self.loop.get_executor());
    co_await self.upgrade(client);
    co_await client.send(frame(0x81, "go"));
    for (int i = 0; i < 20; ++i) co_await client.send(frame(0x89, "p"));
    int pongs = 0;
    int messages = 0;
    while (messages < count || pongs < 20) {
      const auto head = co_await client.read_exactly(2);
      if (head == std::string_view("\x8A\x01")) {
        ++pongs;
        co_await client.read_exactly(1);
        continue;
      }
      const auto expected =
          std::to_string(messages) + ' ' + std::string(60'000, static_cast<char>('a' + messages % 26));
      ++messages;
      EXPECT_EQ(head, "\x81\x7E");
      co_await client.read_exactly(2);
      EXPECT_TRUE(co_await client.read_exactly(expected.size()) == expected) << messages;
      if (head != "\x81\x7E") break;
    }
    client.close();
  }(*this));
}

TEST_F(ws_channel_test, few_but_long_messages_are_bounded_too) {
  bounds.queue_bytes_max = 100'000;
  bounds.close_timeout = 200ms;
  start([](std::unique_ptr<ws_channel> channel) -> io::task<> {
    int sent = 0;
    for (; sent < 1000 && channel->is_open(); ++sent) channel->send(std::string(60'000, 'a'));
    EXPECT_FALSE(channel->is_open());
    EXPECT_LT(sent, 1000);
    co_await channel->closed();
  });
  provoke("");
}

TEST_F(ws_channel_test, a_peer_that_ignores_a_close_is_cut_in_time) {
  bounds.close_timeout = 30ms;
  start([](std::unique_ptr<ws_channel> channel) -> io::task<> {
    channel->close(close_code::normal, "");
    co_await channel->closed();
  });
  loop.run([](ws_channel_test& self) -> io::task<> {
    raw_client client(self.loop.get_executor());
    co_await self.upgrade(client);
    while (self.server->connections() > 0) co_await io::sleep_for(1ms);
    client.close();
  }(*this));
}

}  // namespace
}  // namespace mesh::net
