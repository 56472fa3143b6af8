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
    for (int i = 0; i < 10; ++i) channel->send("x");
    EXPECT_FALSE(channel->is_open());
    co_await channel->closed();
  });
  const auto heard = provoke("");
  EXPECT_NE(heard.find("\x88"), std::string::npos);
  EXPECT_NE(heard.find("\x03\xF0"), std::string::npos);  // 1008
}

TEST_F(ws_channel_test, few_but_long_messages_are_bounded_too) {
  bounds.queue_bytes_max = 1000;
  bounds.close_timeout = 200ms;
  start([](std::unique_ptr<ws_channel> channel) -> io::task<> {
    channel->send(std::string(900, 'a'));
    channel->send(std::string(900, 'b'));
    EXPECT_FALSE(channel->is_open());
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
