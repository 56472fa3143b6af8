#include "core/net/ws_channel.hpp"

#include "core/io/condition.hpp"
#include "core/io/loop.hpp"
#include "core/io/task_group.hpp"
#include "core/net/http_server.hpp"
#include "core/net/testing.hpp"

#include <csignal>

#include <gtest/gtest.h>

namespace mesh::net {
namespace {

using namespace std::chrono_literals;
using testing::raw_client;

const auto ignore_broken_pipes = std::signal(SIGPIPE, SIG_IGN);

// A client frame: FIN and opcode in first, masked with zeros so that the payload stays readable.
std::string frame(unsigned char first, std::string_view payload) {
  std::string out(1, static_cast<char>(first));
  if (payload.size() < 126) {
    out += static_cast<char>(0x80 | payload.size());
  } else {
    out += static_cast<char>(0x80 | 126);
    out += static_cast<char>(payload.size() >> 8);
    out += static_cast<char>(payload.size() & 0xFF);
  }
  out.append(4, '\0');
  return out.append(payload);
}

std::string close_frame(unsigned code) {
  return frame(0x88, std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)});
}

std::string upgrade_request(std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==",
                            std::string_view version = "13", std::string_view method = "GET") {
  return std::string(method) +
         " /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n" +
         "Sec-WebSocket-Key: " + std::string(key) + "\r\nSec-WebSocket-Version: " + std::string(version) +
         "\r\n\r\n";
}

class ws_channel_test : public ::testing::Test {
 public:
  // serve runs for each accepted connection; the default echoes and remembers why it ended.
  void start(std::function<io::task<>(std::unique_ptr<ws_channel>)> serve = {}) {
    http_server_options options;
    options.hosts = {"127.0.0.1"};
    options.limits.ws = bounds;
    if (!serve) serve = [this](std::unique_ptr<ws_channel> channel) { return echo(std::move(channel)); };
    server = std::make_unique<http_server>(
        loop.get_executor(), options,
        [](http_request) -> io::task<http_response> { co_return http_response::empty(); },
        [serve](http_request request) -> io::task<ws_decision> {
          ws_decision decision;
          if (request.headers.find("Origin"))
            decision.refusal = http_response::failure(403, "origin_refused", "a foreign page");
          else if (request.query == "token=bad")
            decision.refusal = http_response::failure(401, "token_expired", "log in again");
          else
            decision.serve = serve;
          co_return decision;
        });
    ASSERT_TRUE(server->listen());
  }

  io::task<> echo(std::unique_ptr<ws_channel> channel) {
    while (true) {
      auto text = co_await channel->receive();
      if (!text) {
        ended = text.error();
        ended_with = channel->close_received();
        break;
      }
      channel->send(*text);
    }
  }

  std::string address(std::string_view target = "/ws") const {
    return "ws://127.0.0.1:" + std::to_string(server->port()) + std::string(target);
  }

  io::task<std::unique_ptr<ws_channel>> open() {
    auto channel = co_await ws_connect(address(), {}, nullptr, testing::patience);
    EXPECT_TRUE(channel) << channel.error().detail;
    co_return channel ? std::move(*channel) : nullptr;
  }

  io::task<> upgrade(raw_client& client) {
    co_await client.connect(server->port());
    co_await client.send(upgrade_request());
    const auto answer = co_await client.read_until("\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 101")) << answer;
    EXPECT_TRUE(answer.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")) << answer;
    EXPECT_FALSE(answer.contains("permessage-deflate")) << answer;
  }

  // What the server sends after the upgrade in answer to data, until it closes.
  std::string provoke(std::string data) {
    return loop.run([](ws_channel_test& self, std::string sent) -> io::task<std::string> {
      raw_client client(self.loop.get_executor());
      co_await self.upgrade(client);
      co_await client.send(std::move(sent));
      co_return co_await client.read_to_end();
    }(*this, std::move(data)));
  }

  std::string refused(std::string request) {
    return loop.run([](ws_channel_test& self, std::string sent) -> io::task<std::string> {
      raw_client client(self.loop.get_executor());
      co_await client.connect(self.server->port());
      co_await client.send(std::move(sent));
      co_return co_await client.read_to_end();
    }(*this, std::move(request)));
  }

  void TearDown() override {
    if (server) loop.run(server->stop(testing::patience));
  }

  io::loop loop;
  ws_limits bounds;
  std::unique_ptr<http_server> server;
  std::optional<error> ended;
  std::uint16_t ended_with = 0;
};

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

TEST_F(ws_channel_test, bad_upgrades_are_refused) {
  start();
  struct row {
    std::string request;
    std::string_view status;
  };
  const row table[] = {
      {upgrade_request("c2hvcnQ="), "400"},                  // 5 bytes
      {upgrade_request("dGhlIHNhbXBsZSBub25jZSE="), "400"},  // 17 bytes
      {upgrade_request("dGhlIHNhbXBsZSBub25jZR=="), "400"},  // trailing bits
      {upgrade_request("!!!!IHNhbXBsZSBub25jZQ=="), "400"},  // not base64
      {upgrade_request(""), "400"},
      {upgrade_request("dGhlIHNhbXBsZSBub25jZQ==", "8"), "426"},
      {upgrade_request("dGhlIHNhbXBsZSBub25jZQ==", "13", "PUT"), "400"},
      {upgrade_request() + frame(0x81, "early"), "400"},
  };
  for (const auto& [request, status] : table) {
    const auto answer = refused(request);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + std::string(status))) << request << answer;
    EXPECT_TRUE(answer.contains(R"({"error":)")) << answer;
  }
}

TEST_F(ws_channel_test, fragments_are_joined_and_pings_answered_between_them) {
  start();
  loop.run([](ws_channel_test& self) -> io::task<> {
    raw_client client(self.loop.get_executor());
    co_await self.upgrade(client);
    co_await client.send(frame(0x01, "he") + frame(0x00, "ll") + frame(0x89, "p") + frame(0x80, "o"));
    EXPECT_EQ(co_await client.read_exactly(3), "\x8A\x01p");
    EXPECT_EQ(co_await client.read_exactly(7), "\x81\x05hello");
    client.close();
  }(*this));
}

TEST_F(ws_channel_test, broken_rules_end_the_connection_with_their_code) {
  bounds.message_bytes_max = 1000;
  bounds.close_timeout = 200ms;
  start();
  struct row {
    std::string_view name;
    std::string sent;
    unsigned code;
    errc meaning;
  };
  std::string many;
  for (int i = 0; i < 11; ++i) many += frame(i == 0 ? 0x01 : 0x00, std::string(100, 'f'));
  const row table[] = {
      {"unmasked", "\x81\x02hi", 1002, errc::bad_frame},
      {"reserved bit", frame(0xC1, "x"), 1002, errc::bad_frame},
      {"unknown opcode", frame(0x83, "x"), 1002, errc::bad_frame},
      {"fragmented ping", frame(0x09, "x"), 1002, errc::bad_frame},
      {"continuation of nothing", frame(0x80, "x"), 1002, errc::bad_frame},
      {"not UTF-8", frame(0x81, "\xFF\xFE"), 1007, errc::invalid_utf8},
      {"too long", frame(0x81, std::string(1001, 'x')), 1009, errc::too_large},
      {"too long in fragments", many, 1009, errc::too_large},
      {"binary", frame(0x82, "x"), 1003, errc::bad_frame},
      {"close code 65535", close_frame(65535), 1002, errc::bad_frame},
      {"close code 5000", close_frame(5000), 1002, errc::bad_frame},
      {"close code 1005", close_frame(1005), 1002, errc::bad_frame},
  };
  for (const auto& [name, sent, code, meaning] : table) {
    ended.reset();
    const auto answer = provoke(sent);
    ASSERT_GE(answer.size(), 4U) << name;
    EXPECT_EQ(static_cast<unsigned char>(answer[0]), 0x88) << name;
    const auto got = (static_cast<unsigned>(static_cast<unsigned char>(answer[2])) << 8) |
                     static_cast<unsigned char>(answer[3]);
    EXPECT_EQ(got, code) << name;
    loop.run([](std::optional<error>& done) -> io::task<> {
      while (!done) co_await io::yield();
    }(ended));
    EXPECT_EQ(ended->code, meaning) << name << ": " << ended->detail;
  }
}

TEST_F(ws_channel_test, valid_closes_are_echoed) {
  start();
  for (const unsigned code : {1000U, 1001U, 3000U, 4999U}) {
    const auto answer = provoke(close_frame(code));
    ASSERT_EQ(answer.size(), 4U);
    EXPECT_EQ((static_cast<unsigned>(static_cast<unsigned char>(answer[2])) << 8) |
                  static_cast<unsigned char>(answer[3]),
              code);
  }
}

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
