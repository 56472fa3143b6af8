#include "core/net/http_server.hpp"

#include "core/io/condition.hpp"
#include "core/io/loop.hpp"
#include "core/io/task_group.hpp"
#include "core/net/http_client.hpp"
#include "core/net/testing.hpp"

#include <csignal>

#include <gtest/gtest.h>

namespace mesh::net {
namespace {

using namespace std::chrono_literals;
using testing::raw_client;

const auto ignore_broken_pipes = std::signal(SIGPIPE, SIG_IGN);

io::task<http_response> echo(http_request request) {
  auto answer = http_response::json(200, request.method + " " + request.path + " " + request.body);
  answer.headers.add("X-Query", request.query);
  co_return answer;
}

// A server on loopback with small limits, and a loop to talk to it.
class http_server_test : public ::testing::Test {
 public:
  http_server_test() {
    options.hosts = {"127.0.0.1"};
    options.limits.header_bytes_max = 2048;
    options.limits.body_bytes_max = 1000;
  }

  void start(http_handler handler = echo, ws_handler upgrade = {}) {
    server =
        std::make_unique<http_server>(loop.get_executor(), options, std::move(handler), std::move(upgrade));
    const auto listening = server->listen();
    ASSERT_TRUE(listening) << listening.error().detail;
  }

  // Sends text on a connection of its own and returns everything that comes back until the server closes.
  std::string exchange(std::string text) {
    return loop.run([](http_server_test& self, std::string sent) -> io::task<std::string> {
      raw_client client(self.loop.get_executor());
      co_await client.connect(self.server->port());
      co_await client.send(std::move(sent));
      co_return co_await client.read_to_end();
    }(*this, std::move(text)));
  }

  result<http_response> fetch(client_request request, tls_trust trust = {}) {
    return loop.run([](client_request sent, tls_trust believed) -> io::task<result<http_response>> {
      http_client client(std::move(believed));
      co_return co_await client.send(std::move(sent), testing::patience);
    }(std::move(request), std::move(trust)));
  }

  std::string address(std::string_view path, std::string_view scheme = "http",
                      std::string_view host = "127.0.0.1") {
    return std::string(scheme) + "://" + std::string(host) + ":" + std::to_string(server->port()) +
           std::string(path);
  }

  void TearDown() override {
    if (!server) return;
    loop.run(server->stop(testing::patience));
    EXPECT_EQ(server->connections(), 0U);
  }

  io::loop loop;
  http_server_options options;
  std::unique_ptr<http_server> server;
};

TEST_F(http_server_test, answers_its_own_client) {
  start();
  const auto answer = fetch({"POST", address("/a%20b?x=1"), {}, "body"});
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->status, 200U);
  EXPECT_EQ(answer->body, "POST /a b body");
  EXPECT_EQ(answer->headers.find("x-query"), "x=1");
  EXPECT_TRUE(answer->headers.find("Date"));
}

TEST_F(http_server_test, head_has_the_length_and_no_body) {
  start();
  const auto answer = exchange("HEAD /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(answer.contains("Content-Length: 8\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST_F(http_server_test, pipelined_requests_are_answered_in_order) {
  start();
  const auto answer = exchange(
      "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET /2 HTTP/1.1\r\nHost: h\r\n\r\n"
      "POST /3 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: "
      "close\r\n\r\n2\r\nxy\r\n0\r\n\r\n");
  const auto first = answer.find("POST /1 abc");
  const auto second = answer.find("GET /2 ");
  const auto third = answer.find("POST /3 xy");
  EXPECT_LT(first, second) << answer;
  EXPECT_LT(second, third) << answer;
  EXPECT_NE(third, std::string::npos) << answer;
}

TEST_F(http_server_test, malformed_requests_get_a_json_error) {
  start();
  struct row {
    std::string_view text;
    std::string_view status;
  };
  const row table[] = {
      {"nonsense\r\n\r\n", "400"},
      {"GET / HTTP/3.0\r\nHost: h\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
      {"GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"GET /../etc/passwd HTTP/1.1\r\nHost: h\r\n\r\n", "404"},
      {"GET /%2e%2e/etc/passwd HTTP/1.1\r\nHost: h\r\n\r\n", "404"},
      {"GET /..%2fetc/passwd HTTP/1.1\r\nHost: h\r\n\r\n", "404"},
      {"GET /x%00 HTTP/1.1\r\nHost: h\r\n\r\n", "404"},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nabcd", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4, 4\r\n\r\nabcd", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +4\r\n\r\nabcd", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x4\r\n\r\nabcd", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
       "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
       "chunked\r\n\r\n0\r\n\r\n",
       "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", "400"},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost: h\r\nX: a\x01z\r\n\r\n", "400"},
      {"G\tT / HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nExpect: rain\r\nContent-Length: 1\r\n\r\n", "417"},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n", "413"},
  };
  for (const auto& [text, status] : table) {
    const auto answer = exchange(std::string(text));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + std::string(status) + " ")) << text << "\n" << answer;
    EXPECT_TRUE(answer.contains(R"({"error":{"code":")")) << text << "\n" << answer;
    EXPECT_TRUE(answer.contains("Connection: close")) << text << "\n" << answer;
  }
}

TEST_F(http_server_test, its_own_answers_pass_through_the_hook) {
  std::string seen;
  options.on_refusal = [&](const http_request& request, http_response& answer) {
    seen += request.method + "|" + request.path + "|" + std::to_string(answer.status) + "|" +
            request.remote_address + "\n";
    answer.headers.set("X-Common", "1");
  };
  start([](http_request request) -> io::task<http_response> {
    if (request.path == "/throws") throw std::runtime_error("x");
    co_return http_response();
  });
  for (const char* text :
       {"nonsense\r\n\r\n", "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 9999\r\n\r\n",
        "GET /b/../c HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /throws HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"}) {
    const auto answer = exchange(text);
    EXPECT_TRUE(answer.contains("X-Common: 1\r\n")) << text << answer;
  }
  EXPECT_EQ(seen,
            "||400|127.0.0.1\nPOST|/a|413|127.0.0.1\nGET||404|127.0.0.1\nGET|/throws|500|127.0.0.1\n"
            "GET|/ws|426|127.0.0.1\n");
}

TEST_F(http_server_test, a_refused_head_has_no_body) {
  start();
  const auto answer = exchange("HEAD /../x HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 404 ")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST_F(http_server_test, large_headers_and_bodies_are_cut_off) {
  start();
  const auto headers = exchange("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(4000, 'a') + "\r\n\r\n");
  EXPECT_TRUE(headers.starts_with("HTTP/1.1 431 ")) << headers;
  std::string chunked = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 20; ++i) chunked += "64\r\n" + std::string(100, 'b') + "\r\n";
  const auto body = exchange(chunked + "0\r\n\r\n");
  EXPECT_TRUE(body.starts_with("HTTP/1.1 413 ")) << body;
}

TEST_F(http_server_test, the_largest_allowed_body_passes) {
  start();
  const auto answer = fetch({"POST", address("/"), {}, std::string(1000, 'x')});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200U);
}

TEST_F(http_server_test, a_slow_header_is_timed_out) {
  options.limits.header_timeout = 30ms;
  start();
  const auto answer = exchange("GET / HTT");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 ")) << answer;
}

TEST_F(http_server_test, a_slow_body_is_timed_out) {
  options.limits.body_timeout = 30ms;
  start();
  const auto answer = exchange("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 ")) << answer;
}

TEST_F(http_server_test, silent_and_idle_connections_are_closed) {
  options.limits.header_timeout = 30ms;
  options.limits.idle_timeout = 30ms;
  start();
  EXPECT_EQ(exchange(""), "");
  const auto answer = exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
}

TEST_F(http_server_test, expect_100_continue_is_answered_first) {
  start();
  loop.run([](http_server_test& self) -> io::task<> {
    raw_client client(self.loop.get_executor());
    co_await client.connect(self.server->port());
    co_await client.send(
        "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: "
        "close\r\n\r\n");
    EXPECT_EQ(co_await client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    co_await client.send("hi");
    EXPECT_TRUE((co_await client.read_to_end()).contains("POST / hi"));
  }(*this));
}

TEST_F(http_server_test, a_throwing_handler_is_answered_by_500) {
  start([](http_request) -> io::task<http_response> {
    throw std::runtime_error("secret detail");
    co_return http_response();
  });
  const auto answer = fetch({"GET", address("/"), {}, {}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 500U);
  EXPECT_FALSE(answer->body.contains("secret detail"));
}

TEST_F(http_server_test, a_header_value_cannot_split_the_response) {
  start([](http_request) -> io::task<http_response> {
    http_response answer;
    answer.headers.add("X-Bad", "a\r\nSet-Cookie: stolen");
    answer.headers.add("X-Good", "b");
    co_return answer;
  });
  const auto answer = fetch({"GET", address("/"), {}, {}});
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->headers.find("Set-Cookie"));
  EXPECT_EQ(answer->headers.find("X-Good"), "b");
}

TEST_F(http_server_test, turns_away_more_connections_than_allowed) {
  options.limits.connections_max = 1;
  start();
  loop.run([](http_server_test& self) -> io::task<> {
    raw_client first(self.loop.get_executor());
    raw_client second(self.loop.get_executor());
    co_await first.connect(self.server->port());
    co_await first.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE((co_await first.read_until("GET / ")).starts_with("HTTP/1.1 200"));
    co_await second.connect(self.server->port());
    co_await second.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(co_await second.read_to_end(), "");
  }(*this));
}

TEST_F(http_server_test, one_free_port_serves_every_address) {
  options.hosts = {"localhost"};
  start();
  const auto v4 = fetch({"GET", address("/", "http", "127.0.0.1"), {}, {}});
  EXPECT_TRUE(v4);
  EXPECT_NE(server->port(), 0);
  for (const auto& at : server->addresses()) EXPECT_TRUE(at.ends_with(":" + std::to_string(server->port())));
}

TEST_F(http_server_test, a_port_in_use_is_an_error_of_that_name) {
  start();
  options.port = server->port();
  http_server second(loop.get_executor(), options, echo, {});
  const auto listening = second.listen();
  ASSERT_FALSE(listening);
  EXPECT_EQ(listening.error().code, errc::port_in_use);
  EXPECT_EQ(listening.error().field, "port");
}

TEST_F(http_server_test, an_address_of_another_machine_is_an_error) {
  options.hosts = {"192.0.2.1"};
  http_server other(loop.get_executor(), options, echo, {});
  const auto listening = other.listen();
  ASSERT_FALSE(listening);
  EXPECT_EQ(listening.error().code, errc::address_invalid);
}

TEST_F(http_server_test, stop_lets_a_request_finish_and_closes_idle_connections) {
  io::condition release(loop.get_executor());
  bool entered = false;
  start([&](http_request) -> io::task<http_response> {
    entered = true;
    co_await release.wait();
    co_return http_response::json(200, "done");
  });
  loop.run([](http_server_test& self, io::condition& go, bool& inside) -> io::task<> {
    raw_client idle(self.loop.get_executor());
    co_await idle.connect(self.server->port());
    raw_client busy(self.loop.get_executor());
    co_await busy.connect(self.server->port());
    co_await busy.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    while (!inside || self.server->connections() < 2) co_await io::yield();
    io::task_group group(self.loop.get_executor(), "test");
    group.spawn("stopping", self.server->stop(testing::patience));
    EXPECT_EQ(co_await idle.read_to_end(), "");
    EXPECT_EQ(group.size(), 1U);
    go.notify();
    EXPECT_TRUE((co_await busy.read_to_end()).ends_with("done"));
    busy.close();
    co_await group.join();
    EXPECT_EQ(self.server->connections(), 0U);
  }(*this, release, entered));
}

TEST_F(http_server_test, stop_cuts_what_does_not_end_in_time) {
  start([](http_request) -> io::task<http_response> {
    co_await io::sleep_for(1h);
    co_return http_response();
  });
  loop.run([](http_server_test& self) -> io::task<> {
    raw_client busy(self.loop.get_executor());
    co_await busy.connect(self.server->port());
    co_await busy.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    while (self.server->connections() < 1) co_await io::yield();
    co_await self.server->stop(20ms);
    EXPECT_EQ(self.server->connections(), 0U);
  }(*this));
}

}  // namespace
}  // namespace mesh::net
