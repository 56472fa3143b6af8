#include "server/ws/session.hpp"

#include "core/io/channel.hpp"
#include "core/io/loop.hpp"
#include "core/io/task_group.hpp"

#include <gtest/gtest.h>

namespace mesh::ws {
namespace {

using namespace std::chrono_literals;

// The other end of a connection without a network between.
struct fake_socket {
  explicit fake_socket(const io::executor& on) : to_server(on, 1000), to_client(on, 1000), ended(on) {}

  void say(std::string text) { to_server.try_send(std::move(text)); }
  io::task<wire::event> hear() {
    auto text = co_await to_client.receive();
    co_return text ? wire::parse_event(*text).value() : wire::event{};
  }

  io::channel<std::string> to_server;
  io::channel<std::string> to_client;
  io::condition ended;
  std::uint16_t closed_with = 0;
  bool open = true;
};

class fake_channel final : public net::ws_channel {
 public:
  explicit fake_channel(fake_socket& s) : socket_(s) {}
  void send(std::string text) override { socket_.to_client.try_send(std::move(text)); }
  io::task<result<std::string>> receive() override { return socket_.to_server.receive(); }
  void close(std::uint16_t code, std::string) override {
    if (!socket_.open) return;
    socket_.open = false;
    socket_.closed_with = code;
    socket_.to_server.close({errc::connection_lost, "closed", {}});
    socket_.to_client.close({errc::connection_lost, "closed", {}});
  }
  bool is_open() const override { return socket_.open; }
  std::uint16_t close_received() const override { return 0; }
  std::size_t queued() const override { return socket_.to_client.size(); }
  io::task<> drained(std::size_t) override { co_return; }
  const std::string& remote_address() const override { return address_; }
  io::task<> closed() override { co_return; }

 private:
  fake_socket& socket_;
  std::string address_ = "192.0.2.1";
};

class session_test : public testing::Test, public session_backend {
 public:
  session_test() {
    routes.add("echo.", {[](identity, wire::event event) -> io::task<event_answer> {
                 wire::event answer;
                 answer.type = "echo.done";
                 answer.reply_to = event.id;
                 co_return event_answer(std::move(answer));
               }});
    routes.add("bad.", {[](identity, wire::event) -> io::task<event_answer> {
                 co_return fail(errc::not_member, "you are not in this room", "payload.room_id");
               }});
    routes.add("slow.", {[this](identity, wire::event) -> io::task<event_answer> {
                           while (!acknowledged) co_await changed.wait();
                           wire::event answer;
                           answer.type = "slow.done";
                           co_return event_answer(std::move(answer));
                         },
                         true});
  }

  io::task<result<greeting>> greet(identity who, wire::event hello) override {
    if (hello.payload.contains("refuse")) co_return fail(errc::device_taken, "taken", "payload.device_id");
    greeting out;
    who.caller.device = device_id("ana-pc");
    who.kind = "agent";
    out.who = std::move(who);
    wire::event welcome;
    welcome.type = "system.welcome";
    if (!hello.id.empty()) welcome.reply_to = hello.id;
    out.first.push_back(std::move(welcome));
    co_return out;
  }
  void came(const identity& who) override { log += "+" + who.caller.username; }
  void went(const identity& who) override { log += "-" + who.caller.username; }
  void lost(const identity&, std::vector<wire::terminal_offer> terminals) override {
    for (const auto& one : terminals) log += "x" + one.name;
  }
  void count_event_in() override { ++events; }

  // Plays one client against a session.
  void play(std::function<io::task<>(fake_socket&)> client) {
    fake_socket socket(loop.get_executor());
    identity who;
    who.caller.user = user_id("usr_ana");
    who.caller.username = "ana";
    io::task_group group(loop.get_executor(), "test");
    group.spawn("session",
                serve_session(std::make_unique<fake_channel>(socket), who, everybody, routes, *this, bounds));
    loop.run(client(socket));
    socket.to_server.close({errc::connection_lost, "gone", {}});
    loop.run(group.join());
    closed_with = socket.closed_with;
    EXPECT_EQ(everybody.size(), 0U);
  }

  static std::string code_in(const wire::event& event) {
    const auto* code = event.payload.if_contains("code");
    return code == nullptr ? "" : std::string(code->as_string());
  }

  io::loop loop;
  io::condition changed{loop.get_executor()};
  bool acknowledged = false;
  int ids = 0;
  hub everybody{[] { return wall_time(); }, [this] { return event_id("evt_" + std::to_string(++ids)); }};
  router routes;
  session_limits bounds;
  std::string log;
  int events = 0;
  std::uint16_t closed_with = 0;
};

TEST_F(session_test, welcomes_answers_and_takes_leave) {
  play([](fake_socket& s) -> io::task<> {
    s.say(R"({"type":"system.hello","id":"h","device_id":"test-device"})");
    auto welcome = co_await s.hear();
    EXPECT_EQ(welcome.type, "system.welcome");
    EXPECT_EQ(welcome.reply_to, "h");
    EXPECT_EQ(welcome.to, "device:ana-pc");
    s.say(R"({"type":"echo.it","id":"1"})");
    auto answer = co_await s.hear();
    EXPECT_EQ(answer.type, "echo.done");
    EXPECT_EQ(answer.reply_to, "1");
    EXPECT_FALSE(answer.id.empty());
    EXPECT_FALSE(answer.timestamp.empty());
  });
  EXPECT_EQ(log, "+ana-ana");
}

TEST_F(session_test, answers_every_mistake_with_code_sentence_and_field) {
  struct row {
    std::string sent, code, field;
  };
  static const row table[] = {{"{", "invalid_json", ""},
                              {"[]", "field_type", ""},
                              {"{}", "field_missing", "type"},
                              {R"({"type":7})", "field_type", "type"},
                              {R"({"type":"no.such","id":"x"})", "event_unknown", "type"},
                              {R"({"type":"system.hello","id":"x"})", "unexpected_message", "type"},
                              {R"({"type":"system.ack","id":"x"})", "field_missing", "payload.event_id"},
                              {R"({"type":"bad.one","id":"x"})", "not_member", "payload.room_id"},
                              {R"({"type":"a","payload":[]})", "field_type", "payload"},
                              {"\"\xFF\"", "invalid_utf8", ""}};
  play([](fake_socket& s) -> io::task<> {
    s.say(R"({"type":"system.hello"})");
    co_await s.hear();
    for (const auto& [sent, code, field] : table) {
      s.say(sent);
      auto error = co_await s.hear();
      EXPECT_EQ(error.type, "system.error") << sent;
      EXPECT_EQ(code_in(error), code) << sent;
      EXPECT_TRUE(error.payload.contains("message")) << sent;
      const auto* named = error.payload.if_contains("field");
      EXPECT_EQ(named == nullptr ? "" : std::string(named->as_string()), field) << sent;
      EXPECT_EQ(error.reply_to.value_or(""), sent.contains(R"("id":"x")") ? "x" : "") << sent;
    }
  });
}

TEST(error_event, says_nothing_of_what_went_wrong_inside) {
  for (const auto code : {errc::database, errc::internal, errc::io}) {
    const auto event = error_event({code, "table users: disk image /var/lib/x is malformed", "x"}, nullptr);
    const auto text = wire::render_event(event);
    EXPECT_FALSE(text.contains("users") || text.contains("/var")) << text;
  }
  EXPECT_TRUE(wire::render_event(error_event({errc::forbidden, "no", {}}, nullptr)).contains("forbidden"));
}

TEST_F(session_test, says_that_hello_comes_first_and_still_waits_for_it) {
  play([](fake_socket& s) -> io::task<> {
    s.say(R"({"type":"echo.it","id":"1"})");
    auto error = co_await s.hear();
    EXPECT_EQ(code_in(error), "unexpected_message");
    s.say("nonsense");
    auto second = co_await s.hear();
    EXPECT_EQ(code_in(second), "invalid_json");
    s.say(R"({"type":"system.hello"})");
    auto welcome = co_await s.hear();
    EXPECT_EQ(welcome.type, "system.welcome");
  });
}

TEST_F(session_test, closes_who_never_says_hello) {
  bounds.hello_within = 10ms;
  play([](fake_socket& s) -> io::task<> {
    auto error = co_await s.hear();
    EXPECT_EQ(code_in(error), "timed_out");
    co_await s.hear();
  });
  EXPECT_EQ(closed_with, net::close_code::policy_violation);
  EXPECT_EQ(log, "");
}

TEST_F(session_test, closes_whom_the_greeting_refuses) {
  play([](fake_socket& s) -> io::task<> {
    s.say(R"({"type":"system.hello","id":"h","refuse":true})");
    auto error = co_await s.hear();
    EXPECT_EQ(code_in(error), "device_taken");
    EXPECT_EQ(error.reply_to, "h");
    co_await s.hear();
  });
  EXPECT_EQ(closed_with, net::close_code::policy_violation);
  EXPECT_EQ(log, "");
}

TEST_F(session_test, cuts_a_flood_of_events) {
  bounds.events_burst = 5;
  bounds.events_per_second = 0.001;
  play([](fake_socket& s) -> io::task<> {
    s.say(R"({"type":"system.hello"})");
    co_await s.hear();
    for (int i = 0; i < 6; ++i) s.say(R"({"type":"echo.it"})");
    for (int i = 0; i < 5; ++i) {
      auto answer = co_await s.hear();
      EXPECT_EQ(answer.type, "echo.done");
    }
    auto error = co_await s.hear();
    EXPECT_EQ(code_in(error), "rate_limited");
    co_await s.hear();
  });
  EXPECT_EQ(closed_with, net::close_code::policy_violation);
}

TEST_F(session_test, cuts_a_client_that_only_makes_mistakes) {
  bounds.mistakes_max = 3;
  play([](fake_socket& s) -> io::task<> {
    s.say(R"({"type":"system.hello"})");
    co_await s.hear();
    for (int i = 0; i < 3; ++i) s.say("{");
    while ((co_await s.hear()).type == "system.error") {
    }
  });
  EXPECT_EQ(closed_with, net::close_code::policy_violation);
}

TEST_F(session_test, goes_on_listening_while_an_answer_waits_for_others) {
  bounds.waiting_max = 1;
  play([this](fake_socket& s) -> io::task<> {
    s.say(R"({"type":"system.hello"})");
    co_await s.hear();
    s.say(R"({"type":"slow.one","id":"1"})");
    s.say(R"({"type":"slow.two","id":"2"})");
    auto busy = co_await s.hear();
    EXPECT_EQ(code_in(busy), "busy");
    EXPECT_EQ(busy.reply_to, "2");
    everybody.expect_ack("evt_x", device_id("ana-pc"), [this](bool ok) {
      acknowledged = ok;
      changed.notify();
    });
    s.say(R"({"type":"system.ack","payload":{"event_id":"evt_x"}})");
    auto done = co_await s.hear();
    EXPECT_EQ(done.type, "slow.done");
  });
}

TEST_F(session_test, does_not_listen_to_who_was_told_to_go) {
  play([this](fake_socket& s) -> io::task<> {
    s.say(R"({"type":"system.hello"})");
    co_await s.hear();
    everybody.disconnect({.user = user_id("usr_ana"), .reason = "unauthorized"});
    s.say(R"({"type":"echo.it"})");
    auto error = co_await s.hear();
    EXPECT_EQ(code_in(error), "unauthorized");
    auto nothing = co_await s.hear();
    EXPECT_EQ(nothing.type, "");
  });
}

}  // namespace
}  // namespace mesh::ws
