#include "core/io/loop.hpp"
#include "core/net/http_client.hpp"
#include "core/net/http_server.hpp"
#include "core/net/testing.hpp"
#include "core/net/ws_channel.hpp"

#include <csignal>
#include <thread>

#include <gtest/gtest.h>
#include <openssl/ssl.h>

namespace mesh::net {
namespace {

using namespace std::chrono_literals;

const auto ignore_broken_pipes = std::signal(SIGPIPE, SIG_IGN);

class tls_test : public ::testing::Test {
 public:
  void SetUp() override {
    http_server_options options;
    options.hosts = {"127.0.0.1"};
    auto context = tls_context::server(identity.cert_file, identity.key_file);
    ASSERT_TRUE(context) << context.error().detail;
    options.tls = *context;
    options.limits.header_timeout = 2s;
    server = std::make_unique<http_server>(
        loop.get_executor(), options,
        [](http_request request) -> io::task<http_response> {
          co_return http_response::json(200, (request.secure ? "secure " : "plain ") + request.body);
        },
        [](http_request) -> io::task<ws_decision> {
          ws_decision decision;
          decision.serve = [](std::unique_ptr<ws_channel> channel) -> io::task<> {
            while (auto text = co_await channel->receive()) channel->send(*text);
          };
          co_return decision;
        });
    ASSERT_TRUE(server->listen());
  }

  void TearDown() override { loop.run(server->stop(testing::patience)); }

  result<http_response> fetch(tls_trust trust, std::string host = "127.0.0.1", std::string body = "x") {
    client_request request{"POST", "https://" + host + ":" + std::to_string(server->port()) + "/", {}, body};
    return loop.run([](tls_trust believed, client_request sent) -> io::task<result<http_response>> {
      http_client client(std::move(believed));
      co_return co_await client.send(std::move(sent), testing::patience);
    }(std::move(trust), std::move(request)));
  }

  // Shakes hands with plain OpenSSL under other rules; the cipher agreed on, or "".
  std::string foreign_handshake(int version, const char* ciphers) {
    std::string agreed;
    const auto port = server->port();
    std::thread client([&] {
      const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                      SSL_CTX_free);
      SSL_CTX_set_security_level(context.get(), 0);
      SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
      SSL_CTX_set_max_proto_version(context.get(), version);
      SSL_CTX_set_cipher_list(context.get(), ciphers);
      BIO* bio = BIO_new_ssl_connect(context.get());
      BIO_set_conn_hostname(bio, ("127.0.0.1:" + std::to_string(port)).c_str());
      SSL* session = nullptr;
      BIO_get_ssl(bio, &session);
      if (BIO_do_handshake(bio) == 1) agreed = SSL_get_cipher_name(session);
      BIO_free_all(bio);
      io::post(loop.get_executor(), [this] { foreign_done = true; });
    });
    foreign_done = false;
    loop.run([](bool& done) -> io::task<> {
      while (!done) co_await io::sleep_for(1ms);
    }(foreign_done));
    client.join();
    return agreed;
  }

  testing::self_signed identity;
  io::loop loop;
  std::unique_ptr<http_server> server;
  bool foreign_done = false;
};

TEST_F(tls_test, a_trusted_certificate_authority_is_believed) {
  const auto answer = fetch({identity.cert_file, {}});
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->body, "secure x");
  EXPECT_TRUE(fetch({identity.cert_file, {}}, "localhost"));
}

TEST_F(tls_test, bodies_of_many_records_survive) {
  const std::string body(200'000, 'z');
  const auto answer = fetch({identity.cert_file, {}}, "127.0.0.1", body);
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->body, "secure " + body);
}

TEST_F(tls_test, an_unknown_certificate_is_refused) {
  const auto answer = fetch({});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, errc::peer_unverified);
}

TEST_F(tls_test, a_certificate_for_another_name_is_refused) {
  const auto answer = fetch({identity.cert_file, {}}, "127.0.0.2");
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().code == errc::peer_unverified ||
              answer.error().code == errc::connection_refused);
}

TEST_F(tls_test, a_pinned_key_is_believed_and_no_other) {
  const auto answer = fetch({{}, identity.key_sha256});
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->body, "secure x");
  auto other = identity.key_sha256;
  other[0] = other[0] == 'a' ? 'b' : 'a';
  const auto refused = fetch({{}, other});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::peer_unverified);
}

TEST_F(tls_test, only_aead_suites_of_tls_1_2_and_1_3_are_spoken) {
  EXPECT_EQ(foreign_handshake(TLS1_1_VERSION, "ALL:@SECLEVEL=0"), "");
  EXPECT_EQ(foreign_handshake(TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA"), "");
  EXPECT_EQ(foreign_handshake(TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256"),
            "ECDHE-ECDSA-AES128-GCM-SHA256");
  EXPECT_TRUE(foreign_handshake(TLS1_3_VERSION, "ALL").starts_with("TLS_"));
}

TEST_F(tls_test, plain_http_on_a_tls_port_is_dropped) {
  loop.run([](tls_test& self) -> io::task<> {
    testing::raw_client client(self.loop.get_executor());
    co_await client.connect(self.server->port());
    co_await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_FALSE((co_await client.read_to_end()).contains("200"));
  }(*this));
}

TEST_F(tls_test, websockets_run_over_it) {
  loop.run([](tls_test& self) -> io::task<> {
    http_client client({self.identity.cert_file, {}});
    const auto address = "wss://localhost:" + std::to_string(self.server->port()) + "/ws";
    auto channel = co_await ws_connect(address, {}, client.tls().value(), testing::patience);
    EXPECT_TRUE(channel) << channel.error().detail;
    if (!channel) co_return;
    const std::string text(60'000, 'm');
    (*channel)->send(text);
    (*channel)->send("second");
    auto first = co_await (*channel)->receive();
    EXPECT_EQ(first, text);
    auto second = co_await (*channel)->receive();
    EXPECT_EQ(second, "second");
    (*channel)->close(close_code::normal, "bye");
    co_await (*channel)->closed();
  }(*this));
}

TEST(tls_context, unusable_files_are_named) {
  const testing::self_signed one;
  const testing::self_signed two;
  struct row {
    std::string cert, key, field;
  };
  const row table[] = {{one.cert_file + ".missing", one.key_file, "tls_cert"},
                       {one.cert_file, one.key_file + ".missing", "tls_key"},
                       {one.cert_file, two.key_file, "tls_key"}};
  for (const auto& [cert, key, field] : table) {
    const auto made = tls_context::server(cert, key);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, errc::config_value);
    EXPECT_EQ(made.error().field, field);
  }
  EXPECT_FALSE(tls_context::client({"/no/such/file", {}}));
  EXPECT_FALSE(tls_context::client({{}, "abc"}));
}

}  // namespace
}  // namespace mesh::net
