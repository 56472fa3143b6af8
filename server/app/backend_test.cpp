#include "server/app/backend.hpp"

#include "server/app/housekeeping.hpp"
#include "server/app/testing.hpp"

namespace mesh::app {
namespace {

using namespace std::chrono_literals;
using testing::recorded_link;

class backend_test : public testing::small_server {
 public:
  ws::connection_id connect(std::string device, recorded_link& link) {
    ws::identity who;
    who.caller.user = user_id("usr_ana");
    who.caller.username = "ana";
    who.caller.login = login_id("log_ana");
    who.caller.device = device_id(std::move(device));
    who.kind = "agent";
    const auto id = with->hub().hold(who, link);
    with->hub().admit(id, who, {}, {}, 0);
    return id;
  }

  bool deliver_while(std::string device, std::function<void()> meanwhile) {
    bool acknowledged = false;
    io::task_group group(loop.get_executor(), "test");
    group.spawn("delivering", [](backend& b, std::string to, bool& out) -> io::task<> {
      wire::event event;
      event.type = "p2p.session.created";
      out = co_await b.deliver_and_await_ack(device_id(to), event);
    }(*with, std::move(device), acknowledged));
    loop.run(io::yield());
    meanwhile();
    loop.run(group.join());
    return acknowledged;
  }
};

TEST_F(backend_test, knows_that_a_device_took_an_event) {
  recorded_link link;
  connect("ana-pc", link);
  EXPECT_TRUE(deliver_while("ana-pc", [&] {
    ASSERT_EQ(link.sent.size(), 1U);
    with->hub().acknowledge(device_id("ana-pc"), link.sent[0].id);
  }));
}

TEST_F(backend_test, does_not_wait_for_a_device_that_is_away_or_goes) {
  recorded_link link;
  EXPECT_FALSE(deliver_while("ana-pc", [] {}));
  const auto id = connect("ana-pc", link);
  EXPECT_FALSE(deliver_while("ana-pc", [&] { with->hub().remove(id); }));
}

TEST_F(backend_test, waits_two_seconds_for_a_silent_device) {
  recorded_link link;
  connect("ana-pc", link);
  const auto began = steady_now();
  EXPECT_FALSE(deliver_while("ana-pc", [] {}));
  const auto took = steady_now() - began;
  EXPECT_GE(took, limits::session_ack_timeout - 100ms);
}

TEST_F(backend_test, cuts_a_connection_whose_sign_in_another_process_ended) {
  recorded_link link;
  connect("ana-pc", link);  // its login is in no database
  io::task_group group(loop.get_executor(), "test");
  group.spawn("checking", cut_ended_logins(*with, 1ms));
  loop.run([](recorded_link& watched) -> io::task<> {
    while (!watched.closed) co_await io::sleep_for(1ms);
  }(link));
  loop.run(group.stop());
  EXPECT_EQ(link.closed, ws::close_code::policy);
}

TEST_F(backend_test, passwords_are_hashed_and_compared_off_the_network_thread) {
  auto hash = loop.run(with->hash_password(secret("test123")));
  ASSERT_TRUE(hash);
  EXPECT_EQ(loop.run(with->verify_password(secret("test123"), *hash)), true);
  EXPECT_EQ(loop.run(with->verify_password(secret("wrong"), *hash)), false);
  EXPECT_EQ(loop.run(with->verify_password(secret("test123"), "")), false);
}

TEST_F(backend_test, too_many_passwords_at_once_are_answered_by_busy) {
  int busy = 0;
  io::task_group group(loop.get_executor(), "test");
  for (int i = 0; i < 100; ++i)
    group.spawn("hashing", [](backend& b, int& count) -> io::task<> {
      const auto done = co_await b.verify_password(secret("x"), "");
      if (!done && done.error().code == errc::busy) ++count;
    }(*with, busy));
  loop.run(group.join());
  EXPECT_GT(busy, 0);
  EXPECT_LT(busy, 100);
}

}  // namespace
}  // namespace mesh::app
