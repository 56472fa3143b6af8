// What the tests of ws_channel share: frames by hand, a server that echoes, a client that speaks raw bytes.
#pragma once
#include "core/io/condition.hpp"
#include "core/io/loop.hpp"
#include "core/io/task_group.hpp"
#include "core/net/http_server.hpp"
#include "core/net/testing.hpp"
#include "core/net/ws_channel.hpp"

#include <csignal>

#include <gtest/gtest.h>

namespace mesh::net {
using namespace std::chrono_literals;
using testing::raw_client;

inline const auto ignore_broken_pipes = std::signal(SIGPIPE, SIG_IGN);

// A client frame: FIN and opcode in first, masked with zeros so that the payload stays readable.
inline std::string frame(unsigned char first, std::string_view payload) {
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

inline std::string close_frame(unsigned code) {
  return frame(0x88, std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)});
}

inline std::string upgrade_request(std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==",
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

}  // namespace mesh::net
