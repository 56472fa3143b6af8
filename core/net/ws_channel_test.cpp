#include "core/net/ws_fixture.hpp"

namespace mesh::net {
namespace {

TEST_F(ws_channel_test, carries_messages_both_ways_in_order) {
  start();
  loop.run([](ws_channel_test& self) -> io::task<> {
    auto channel = co_await self.open();
    const std::string large(limits::ws_message_bytes_max, 'x');
    for (const auto& text : {std::string("one"), std::string(), large, std::string("h\xC3\xA9")})
      channel->send(text);
    for (const auto& text : {std::string("one"), std::string(), large, std::string("h\xC3\xA9")}) {
      auto got = co_await channel->receive();
      EXPECT_TRUE(got == text);
    }
    channel->close(close_code::normal, "done");
    EXPECT_FALSE(channel->is_open());
    auto end = co_await channel->receive();
    EXPECT_EQ(end.error().code, errc::connection_lost);
    EXPECT_EQ(channel->close_received(), close_code::normal);
    co_await channel->closed();
    while (!self.ended) co_await io::yield();
    EXPECT_EQ(self.ended_with, close_code::normal);
  }(*this));
}

TEST_F(ws_channel_test, a_close_of_the_server_reaches_the_client_with_its_code) {
  start([](std::unique_ptr<ws_channel> channel) -> io::task<> {
    channel->send("last words");
    channel->close(4001, std::string(200, 'r'));
    co_await channel->closed();
  });
  loop.run([](ws_channel_test& self) -> io::task<> {
    auto channel = co_await self.open();
    auto words = co_await channel->receive();
    EXPECT_EQ(words, "last words");
    auto end = co_await channel->receive();
    EXPECT_FALSE(end);
    EXPECT_EQ(channel->close_received(), 4001);
  }(*this));
}

TEST_F(ws_channel_test, a_destroyed_channel_cuts_the_connection) {
  start();
  loop.run([](ws_channel_test& self) -> io::task<> {
    auto channel = co_await self.open();
    channel.reset();
    while (!self.ended) co_await io::yield();
    EXPECT_EQ(self.ended->code, errc::connection_lost);
    EXPECT_EQ(self.ended_with, close_code::abnormal);
  }(*this));
}

TEST_F(ws_channel_test, refusals_come_before_the_upgrade_and_name_their_code) {
  start();
  loop.run([](ws_channel_test& self) -> io::task<> {
    auto expired = co_await ws_connect(self.address("/ws?token=bad"), {}, nullptr, testing::patience);
    EXPECT_EQ(expired.error().code, errc::token_expired);
    http_headers headers;
    headers.add("Origin", "http://evil.example");
    auto foreign = co_await ws_connect(self.address(), headers, nullptr, testing::patience);
    EXPECT_EQ(foreign.error().code, errc::origin_refused);
  }(*this));
}

TEST_F(ws_channel_test, client_errors_are_told_apart) {
  start();
  loop.run([](ws_channel_test& self) -> io::task<> {
    auto nonsense = co_await ws_connect("tcp://x", {}, nullptr, testing::patience);
    EXPECT_EQ(nonsense.error().code, errc::address_invalid);
    boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, io::executor> silent(
        self.loop.get_executor(), {boost::asio::ip::address_v4::loopback(), 0});
    const auto port = std::to_string(silent.local_endpoint().port());
    auto slow = co_await ws_connect("ws://127.0.0.1:" + port, {}, nullptr, 30ms);
    EXPECT_EQ(slow.error().code, errc::timed_out);
    silent.close();
    auto nobody = co_await ws_connect("ws://127.0.0.1:" + port, {}, nullptr, testing::patience);
    EXPECT_EQ(nobody.error().code, errc::connection_refused);
  }(*this));
}

TEST_F(ws_channel_test, a_stopping_server_says_1001) {
  start();
  loop.run([](ws_channel_test& self) -> io::task<> {
    auto channel = co_await self.open();
    channel->send("x");
    co_await channel->receive();
    io::task_group group(self.loop.get_executor(), "test");
    group.spawn("stopping", self.server->stop(testing::patience));
    auto end = co_await channel->receive();
    EXPECT_FALSE(end);
    EXPECT_EQ(channel->close_received(), close_code::going_away);
    co_await channel->closed();
    co_await group.join();
  }(*this));
}

TEST_F(ws_channel_test, a_serving_task_that_returns_ends_its_connection) {
  start([](std::unique_ptr<ws_channel> channel) -> io::task<> {
    channel->close(close_code::try_again_later, "later");
    co_return;
  });
  loop.run([](ws_channel_test& self) -> io::task<> {
    auto channel = co_await self.open();
    auto end = co_await channel->receive();
    EXPECT_FALSE(end);
    EXPECT_EQ(channel->close_received(), close_code::try_again_later);
  }(*this));
}

}  // namespace
}  // namespace mesh::net
