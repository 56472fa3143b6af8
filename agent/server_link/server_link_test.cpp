#include "agent/server_link/server_link.hpp"

#include "agent/server_link/fake_server.hpp"
#include "core/io/deadline.hpp"
#include "core/io/task_group.hpp"

#include <gtest/gtest.h>

namespace mesh::server_link {
namespace {

using namespace std::chrono_literals;

class link_story : public ::testing::Test {
 protected:
  link_story() {
    link_calls calls;
    calls.facts = [] { return hello_facts{"laptop", "spki", 5000, {{"127.0.0.1", 5000, "host"}}}; };
    calls.on_event = [this](const wire::event& e) { delivered.push_back(e); };
    calls.on_offline = [this](const error& e) { losses.push_back(e.code); };
    link.emplace(loop.get_executor(), who, http, "", std::move(calls));
  }
  ~link_story() override { loop.run(tasks.stop()); }

  void sign_in() { ASSERT_TRUE(loop.run(who.sign_in_with_password("", "ana", secret("right")))); }
  void run() { tasks.spawn("link", link->run()); }
  // The next event of that type which the server gets.
  wire::event expect(const std::string& type) {
    while (true) {
      auto got = loop.run(io::with_deadline(server.events.receive(), 20s));
      EXPECT_TRUE(got) << "no " << type;
      if (!got || got->type == type) return got.value_or(wire::event());
    }
  }
  result<void> online() { return loop.run(link->wait_online(20s)); }
  void hang_up() {
    wire::event e;
    e.type = "test.hang_up";
    EXPECT_TRUE(link->send(std::move(e)));
  }

  io::loop loop;
  testing::fake_server server{loop};
  net::http_client http;
  testing::memory_store store;
  crypto::signing_key key = crypto::signing_key::generate();
  account who{loop.get_executor(), http,  store,   {"laptop", "Ana's laptop", &key},
              server.url(),        false, secret()};
  std::vector<wire::event> delivered;
  std::vector<errc> losses;
  std::optional<server_link> link;
  io::task_group tasks{loop.get_executor(), "test"};
};

TEST_F(link_story, says_hello_and_learns_the_servers_clock) {
  sign_in();
  run();
  const auto hello = wire::payload_of<wire::system_hello>(expect("system.hello"));
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->device_id->str(), "laptop");
  EXPECT_EQ(hello->quic_port, 5000);
  ASSERT_TRUE(online());
  EXPECT_GT(link->state().clock_offset(), 59min);
  EXPECT_LT(link->state().clock_offset(), 61min);
}

TEST_F(link_story, acknowledges_a_session_after_it_was_delivered) {
  wire::event created;
  created.type = "p2p.session.created";
  created.id = "evt_session";
  server.to_send.push_back(created);
  sign_in();
  run();
  const auto ack = expect("system.ack");
  EXPECT_EQ(ack.payload.at("event_id"), "evt_session");
  ASSERT_EQ(delivered.size(), 1U);
  EXPECT_EQ(delivered[0].type, "p2p.session.created");
}

TEST_F(link_story, comes_back_after_a_cut_and_asks_for_what_it_missed) {
  wire::event durable;
  durable.type = "room.updated";
  durable.id = "evt_11";
  durable.seq = 11;
  wire::event marker;
  marker.type = "p2p.session.created";
  marker.id = "evt_after";
  server.to_send = {durable, marker};
  sign_in();
  run();
  expect("system.ack");
  hang_up();
  EXPECT_EQ(wire::payload_of<wire::system_hello>(expect("system.hello"))->since, 11);
  EXPECT_EQ(losses, std::vector{errc::connection_lost});
}

TEST_F(link_story, waits_for_a_server_that_is_down_and_finds_it_later) {
  sign_in();
  server.stop();
  run();
  EXPECT_EQ(loop.run(link->wait_online(700ms)).error().code, errc::server_unreachable);
  server.start_again();
  EXPECT_TRUE(online());
}

TEST_F(link_story, refuses_a_server_whose_signing_key_changed) {
  sign_in();
  server.signing_key = "key-two";
  run();
  EXPECT_EQ(online().error().code, errc::server_key_changed);
  EXPECT_EQ(link->state().phase(), link_phase::signed_out);
}

TEST_F(link_story, waits_while_nobody_is_signed_in_and_starts_when_somebody_is) {
  run();
  EXPECT_EQ(online().error().code, errc::not_logged_in);
  who.on_change([this] { link->restart(); });
  sign_in();
  EXPECT_TRUE(online());
}

TEST_F(link_story, replaces_an_access_token_that_the_server_does_not_take_any_more) {
  sign_in();
  server.valid_access.clear();
  run();
  EXPECT_TRUE(online());
  EXPECT_EQ(server.refreshes, 1);
}

TEST_F(link_story, gives_up_when_the_login_was_revoked) {
  sign_in();
  server.valid_access.clear();
  server.refresh_token = "another";
  run();
  EXPECT_EQ(online().error().code, errc::refresh_reused);
}

}  // namespace
}  // namespace mesh::server_link
