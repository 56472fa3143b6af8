#include "server/app/program.hpp"

#include "core/base/limits.hpp"
#include "core/net/http_client.hpp"
#include "core/net/ws_channel.hpp"
#include "core/text/catalogue.hpp"
#include "server/app/command_line.hpp"
#include "server/app/front.hpp"
#include "server/app/operator_commands.hpp"
#include "server/app/server.hpp"
#include "server/app/testing.hpp"
#include "server/app/texts.hpp"

#include <csignal>
#include <fstream>
#include <thread>
#include <unistd.h>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

const auto ignore_broken_pipes = std::signal(SIGPIPE, SIG_IGN);

command_line parse(std::vector<const char*> words) {
  words.insert(words.begin(), "mesh-server");
  return parse_command_line(static_cast<int>(words.size()), words.data());
}

TEST(command_line, takes_settings_before_and_after_the_verb) {
  EXPECT_EQ(parse({}).what, verb::serve);
  const auto line =
      parse({"--port", "1", "serve", "--host", "127.0.0.1", "--host", "::1", "--ready-file", "/x"});
  EXPECT_EQ(line.what, verb::serve);
  EXPECT_EQ(line.flags.at("port"), "1");
  EXPECT_EQ(line.flags.at("host"), "127.0.0.1,::1");
  EXPECT_EQ(line.ready_file, "/x");
  EXPECT_EQ(parse({"--open-registration"}).flags.at("open_registration"), "true");
}

TEST(command_line, knows_every_verb) {
  EXPECT_EQ(parse({"migrate"}).what, verb::migrate);
  const auto kept = parse({"backup", "/b", "--replace"});
  EXPECT_EQ(kept.what, verb::backup);
  EXPECT_EQ(kept.file, "/b");
  EXPECT_TRUE(kept.replace);
  EXPECT_EQ(parse({"restore", "/b"}).what, verb::restore);
  EXPECT_FALSE(parse({"restore", "/b"}).replace);
  const auto moved = parse({"db", "move", "--from", "/a", "--to", "postgres:///b"});
  EXPECT_EQ(moved.what, verb::db_move);
  EXPECT_EQ(moved.from + " " + moved.to, "/a postgres:///b");
  const auto added = parse({"user", "add", "ana", "--data-dir", "/d"});
  EXPECT_EQ(added.what, verb::user_add);
  EXPECT_EQ(added.username, "ana");
  EXPECT_EQ(added.flags.at("data_dir"), "/d");
  EXPECT_EQ(parse({"user", "reset-password", "ana"}).what, verb::user_reset_password);
  EXPECT_EQ(parse({"owner-link"}).what, verb::owner_link);
  EXPECT_EQ(parse({"enroll-code", "--user", "ana"}).username, "ana");
  EXPECT_EQ(parse({"config", "check", "--config", "/c"}).what, verb::config_check);
}

TEST(command_line, answers_help_by_0_and_mistakes_by_2) {
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(parse({"--help"}).exit_code, 0);
  EXPECT_EQ(parse({"user", "add", "--help"}).exit_code, 0);
  EXPECT_EQ(parse({"--version"}).exit_code, 0);
  EXPECT_TRUE(::testing::internal::GetCapturedStdout().contains(MESH_VERSION));
  ::testing::internal::CaptureStderr();
  for (const auto& words : std::vector<std::vector<const char*>>{{"--colour"},
                                                                 {"fly"},
                                                                 {"user"},
                                                                 {"user", "add"},
                                                                 {"config"},
                                                                 {"--port"},
                                                                 {"backup"},
                                                                 {"restore"},
                                                                 {"db"},
                                                                 {"db", "move", "--from", "/a"}})
    EXPECT_EQ(parse(words).exit_code, 2) << words[0];
  ::testing::internal::GetCapturedStderr();
}

TEST(access_log, shows_no_invitation_code) {
  EXPECT_EQ(logged_path("/api/invitations/SECRET"), "/api/invitations/***");
  EXPECT_EQ(logged_path("/api/invitations/SECRET/accept"), "/api/invitations/***/accept");
  EXPECT_EQ(logged_path("/api/invitations/inv_1"), "/api/invitations/inv_1");
  EXPECT_EQ(logged_path("/api/rooms"), "/api/rooms");
}

TEST(service_settings, tell_whether_strangers_can_come) {
  config::server_config c;
  EXPECT_TRUE(service_settings(c, 0).loopback_only);
  EXPECT_EQ(service_settings(c, 8000).public_url, "http://localhost:8000");
  c.public_url = "https://mesh.example.org";
  EXPECT_FALSE(service_settings(c, 8000).loopback_only);
  c.public_url = "http://localhost:9000";
  EXPECT_TRUE(service_settings(c, 8000).loopback_only);
  c.host = {"0.0.0.0"};
  EXPECT_FALSE(service_settings(c, 8000).loopback_only);
}

class operator_test : public ::testing::Test {
 public:
  operator_test() {
    add_texts();
    config.data_dir = folder / "data";
    config.database = (config.data_dir / "mesh.db").string();
    config.port = 8123;
  }
  test_dir folder;
  config::server_config config;
};

TEST_F(operator_test, prints_an_owner_link_until_somebody_has_a_password) {
  const auto link = owner_link(config);
  ASSERT_TRUE(link) << link.error().detail;
  EXPECT_TRUE(link->contains("http://localhost:8123/#/setup/")) << *link;
  ASSERT_TRUE(enroll_code(config, ""));
  ASSERT_TRUE(migrate(config));
}

TEST_F(operator_test, makes_accounts_and_names_mistakes) {
  ASSERT_TRUE(add_user(config, "ana", secret("a long password")));
  EXPECT_EQ(add_user(config, "ana", secret("a long password")).error().code, errc::username_taken);
  EXPECT_EQ(add_user(config, "A b", secret("a long password")).error().field, "username");
  EXPECT_TRUE(reset_password(config, "ana", secret("another password")));
  EXPECT_EQ(reset_password(config, "nobody", secret("another password")).error().code, errc::not_found);
  EXPECT_EQ(enroll_code(config, "nobody").error().code, errc::not_found);
  EXPECT_TRUE(enroll_code(config, "ana"));
  EXPECT_EQ(owner_link(config).error().code, errc::setup_done);
  config.host = {"0.0.0.0"};
  EXPECT_FALSE(add_user(config, "ben", secret("short")));
}

// The whole program on a thread; ended by the signal a service manager sends.
class running_server : public operator_test {
 public:
  void start() {
    config.port = 0;
    config.host = {"127.0.0.1"};
    options = {config, folder / "ready"};
    runner = std::thread([this] { ended = serve(options); });
    loop.run([](std::filesystem::path file) -> io::task<> {
      while (!std::filesystem::exists(file)) co_await io::sleep_for(1ms);
    }(*options.ready_file));
    std::ifstream(*options.ready_file) >> port;
  }
  void stop() {
    ::pthread_kill(runner.native_handle(), SIGTERM);
    runner.join();
  }
  std::string address(std::string_view path, std::string_view scheme = "http") const {
    return std::string(scheme) + "://localhost:" + std::to_string(port) + std::string(path);
  }
  net::http_response fetch(net::client_request request) {
    auto answer = loop.run([](net::client_request sent) -> io::task<result<net::http_response>> {
      net::http_client client;
      co_return co_await client.send(std::move(sent), 20s);
    }(std::move(request)));
    EXPECT_TRUE(answer) << answer.error().detail;
    return answer.value_or(net::http_response());
  }

  serve_options options;
  std::thread runner;
  result<void> ended;
  io::loop loop;
  int port = 0;
};

TEST_F(running_server, serves_welcomes_and_takes_leave) {
  start();
  EXPECT_EQ(fetch({"GET", address("/ready"), {}, {}}).body, R"({"status":"ready"})");
  const auto metrics = fetch({"GET", address("/metrics"), {}, {}}).body;
  EXPECT_TRUE(metrics.contains("mesh_relayed_bytes_total 0"));
  EXPECT_TRUE(metrics.contains("mesh_stored_media_bytes_total"));
  const auto nothing = fetch({"GET", address("/nothing.png"), {}, {}});
  EXPECT_EQ(nothing.status, 404U);
  EXPECT_TRUE(nothing.headers.find("Content-Security-Policy"));
  const auto made =
      fetch({"POST", address("/api/auth/register"), {}, R"({"username":"test","password":"test123"})"});
  ASSERT_EQ(made.status, 201U) << made.body;
  const std::string token(wire::parse_json(made.body)->at("access_token").as_string());

  auto listening = loop.run([](std::string to) -> io::task<std::unique_ptr<net::ws_channel>> {
    auto channel = co_await net::ws_connect(to, {}, nullptr, 20s);
    EXPECT_TRUE(channel) << channel.error().detail;
    (*channel)->send(R"({"type":"system.hello","device_id":"test-device"})");
    auto welcome = co_await (*channel)->receive();
    EXPECT_TRUE(welcome && welcome->contains("system.welcome"));
    co_return std::move(*channel);
  }(address("/ws?token=" + token, "ws")));
  const auto link = owner_link(config);
  EXPECT_EQ(link.error().code, errc::setup_done);

  const auto began = steady_now();
  std::thread stopping([this] { stop(); });
  const auto code = loop.run([](net::ws_channel& channel) -> io::task<int> {
    while (auto text = co_await channel.receive()) {
    }
    const int received = channel.close_received();
    co_await channel.closed();
    co_return received;
  }(*listening));
  stopping.join();
  EXPECT_EQ(code, net::close_code::going_away);
  EXPECT_TRUE(ended);
  EXPECT_LT(steady_now() - began, 5s);
}

TEST_F(running_server, refuses_a_folder_or_port_that_is_in_use) {
  start();
  auto second = options;
  EXPECT_EQ(serve(second).error().code, errc::state_locked);
  second.config.data_dir = folder / "other";
  second.config.database = (second.config.data_dir / "mesh.db").string();
  second.config.port = static_cast<std::uint16_t>(port);
  EXPECT_EQ(serve(second).error().code, errc::port_in_use);
  stop();
  EXPECT_TRUE(ended);
}

TEST(texts, are_complete_in_both_languages) {
  EXPECT_EQ(text::check(texts()), std::vector<std::string>());
}

}  // namespace
}  // namespace mesh::app
