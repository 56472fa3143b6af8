#include "agent/app/keyboard_desk.hpp"

#include "core/base/limits.hpp"
#include "core/io/loop.hpp"
#include "core/wire/frame.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

// A stream that keeps what a viewer says until the test lets it be heard.
struct near_end final : p2p::byte_stream {
  void set_handler(p2p::stream_handler* h) override { handler = h; }
  std::size_t writable() const override { return 1UZ << 20; }
  void write(p2p::shared_bytes) override {}
  void finish() override {}
  void consume(std::size_t) override {}
  void reset(std::uint64_t) override {}
  p2p::stream_handler* handler = nullptr;
};

// What the window with the shell is told last.
struct window final : control::reply {
  void event(std::string_view type, wire::json_object payload) override {
    if (type == "state") state = std::move(payload);
  }
  void done(wire::json_object) override {}
  void fail(const error&) override {}
  void on_gone(std::function<void()>) override {}
  wire::json_object state;
};

// Ana shares "build"; ben and eve look at it, and so does a guest who may not type.
struct keyboard_desk_test : testing::Test {
  void SetUp() override {
    shared.name = "build";
    shared.window = shown;
    shared.host = terminal::terminal_host::make(
                      "build", {80, 24}, [this] { return now; },
                      {.input = {},
                       .changed = [this] { desk.viewers_changed(shared); },
                       .expired = [this](const terminal::viewer_identity& who,
                                         terminal::lease_end why) { desk.expired(shared, who, why); },
                       .suggested = {}})
                      .value();
    for (const auto* name : {"ben", "eve"}) sit(name, true);
    sit("guest", false);
  }
  static mesh::session_id session_of(const std::string& name) { return mesh::session_id("ses_" + name); }
  void sit(const std::string& name, bool control) {
    auto stream = std::make_unique<near_end>();
    auto* raw = stream.get();
    ASSERT_TRUE(shared.host->add(
        std::move(stream),
        {session_of(name), mesh::user_id("usr_" + name), mesh::device_id(name), name, control, "key-" + name},
        {}));
    streams[name] = raw;
    look(name, true);
  }
  void look(const std::string& name, bool on) {
    const auto frame = wire::json_frame(wire::render_p2p_message(wire::term_watch{on, {}}));
    streams.at(name)->handler->on_data(frame, false);
  }

  wire::event about(std::string_view what, const std::string& name, std::optional<std::int64_t> epoch = {}) {
    wire::event e;
    e.type = fmt::format("terminal.control.{}", what);
    e.from = "device:" + name;
    e.payload = wire::make_payload(wire::terminal_control{.session_id = session_of(name),
                                                          .user_id = mesh::user_id("usr_" + name),
                                                          .name = "build",
                                                          .epoch = epoch});
    return e;
  }
  void ask(const std::string& name) { ASSERT_TRUE(desk.take_event(about("request", name))); }
  void give(const std::string& name, std::int64_t epoch) {
    ask(name);
    ASSERT_TRUE(desk.allow(shared, name, 5min, false));
    ASSERT_TRUE(desk.take_event(about("granted", name, epoch)));
    ASSERT_EQ(holder(), name);
  }
  std::string holder() const {
    const auto who = shared.host->controller();
    return who ? who->name : "";
  }
  std::vector<std::string> asking() const {
    std::vector<std::string> out;
    for (const auto& a : shared.asks.waiting()) out.push_back(a.name);
    return out;
  }
  // What the server was told last: kind, to whom, why.
  std::string last() const {
    if (sent.empty()) return "";
    const auto& e = sent.back();
    const auto said = wire::payload_of<wire::terminal_control>(e).value();
    return fmt::format("{} {} {}", e.type.substr(std::string_view("terminal.control.").size()), e.to,
                       said.reason.value_or(""));
  }

  io::loop loop;
  steady_time now = steady_now();
  bool online = true;
  std::vector<wire::event> sent;
  keyboard_rules rules;
  std::shared_ptr<window> shown = std::make_shared<window>();
  shared_terminal shared{loop.get_executor()};
  std::map<std::string, near_end*> streams;
  keyboard_desk desk{{.send =
                          [this](wire::event e) {
                            if (online) sent.push_back(std::move(e));
                            return online;
                          },
                      .now = [] { return wall_now(); }},
                     [this]() -> const keyboard_rules& { return rules; },
                     [] { return std::string("ana"); },
                     {[this](const mesh::session_id& session) {
                        return shared.host->find(session) == nullptr ? nullptr : &shared;
                      },
                      [this](const std::function<void(shared_terminal&)>& call) { call(shared); }}};
};

TEST_F(keyboard_desk_test, who_asks_is_allowed_once_the_server_has_given_an_epoch) {
  ask("ben");
  EXPECT_EQ(asking(), std::vector<std::string>{"ben"});
  EXPECT_EQ(shown->state.at("asked").as_array().size(), 1U);
  ASSERT_TRUE(desk.allow(shared, "", 5min, false));
  EXPECT_EQ(last(), "granted device:ben ");
  EXPECT_EQ(holder(), "") << "not before the server has said so";
  desk.take_event(about("granted", "ben", 1));
  EXPECT_EQ(holder(), "ben");
  EXPECT_EQ(shown->state.at("controller").as_string(), "ben");
}

TEST_F(keyboard_desk_test, a_grant_that_nobody_here_allowed_opens_nothing) {
  desk.take_event(about("granted", "ben", 1));
  EXPECT_EQ(holder(), "");
  EXPECT_EQ(last(), "revoked device:ben refused");
  ask("ben");
  desk.take_event(about("granted", "ben", 2));
  EXPECT_EQ(holder(), "");
  ASSERT_TRUE(desk.allow(shared, "ben", 5min, false));
  desk.take_event(about("granted", "eve", 3));
  EXPECT_EQ(holder(), "") << "the consent was ben's";
  desk.take_event(about("granted", "ben", 4));
  EXPECT_EQ(holder(), "ben");
  desk.revoke(shared, "revoked");
  desk.take_event(about("granted", "ben", 5));
  EXPECT_EQ(holder(), "") << "one consent, one lease";
}

TEST_F(keyboard_desk_test, an_epoch_that_was_used_gives_nothing) {
  give("ben", 7);
  desk.revoke(shared, "revoked");
  for (const std::int64_t epoch : {7, 6, 0}) {
    ask("ben");
    ASSERT_TRUE(desk.allow(shared, "ben", 5min, false));
    desk.take_event(about("granted", "ben", epoch));
    EXPECT_EQ(holder(), "") << epoch;
    EXPECT_EQ(last(), "revoked device:ben refused");
  }
}

TEST_F(keyboard_desk_test, only_the_viewer_s_own_machine_asks) {
  auto forged = about("request", "ben");
  for (const auto* from : {"device:eve", "user:usr_ben", "server", ""}) {
    forged.from = from;
    EXPECT_TRUE(desk.take_event(forged));
    EXPECT_TRUE(asking().empty()) << from;
  }
  auto strange = about("request", "nobody");
  EXPECT_FALSE(desk.take_event(strange)) << "of no terminal of ours";
}

TEST_F(keyboard_desk_test, who_may_only_look_is_told_so) {
  ask("guest");
  EXPECT_TRUE(asking().empty());
  EXPECT_EQ(last(), "denied device:guest capability_denied");
}

TEST_F(keyboard_desk_test, taking_back_needs_no_server) {
  give("ben", 1);
  online = false;
  desk.revoke(shared, "revoked");
  EXPECT_EQ(holder(), "");
}

TEST_F(keyboard_desk_test, without_a_server_nothing_is_given_and_the_ask_stays) {
  ask("ben");
  online = false;
  EXPECT_EQ(desk.allow(shared, "ben", 5min, false).error().code, errc::server_unreachable);
  EXPECT_EQ(asking(), std::vector<std::string>{"ben"});
  online = true;
  desk.take_event(about("granted", "ben", 1));
  EXPECT_EQ(holder(), "") << "the consent was not kept";
}

TEST_F(keyboard_desk_test, who_looks_away_asks_no_longer_and_has_no_keyboard) {
  ask("ben");
  ask("eve");
  look("ben", false);
  EXPECT_EQ(asking(), std::vector<std::string>{"eve"});
  EXPECT_EQ(desk.allow(shared, "ben", 5min, false).error().code, errc::conflict);
  look("ben", true);
  give("ben", 1);
  look("ben", false);
  EXPECT_EQ(holder(), "");
  EXPECT_EQ(last(), "revoked device:ben released");
  // Allowed, but gone before the server has answered.
  look("ben", true);
  ask("ben");
  ASSERT_TRUE(desk.allow(shared, "ben", 5min, false));
  look("ben", false);
  desk.take_event(about("granted", "ben", 2));
  EXPECT_EQ(holder(), "");
}

TEST_F(keyboard_desk_test, the_other_viewers_keep_what_they_have) {
  give("ben", 1);
  ask("guest");
  look("eve", false);
  shared.host->remove_session(session_of("guest"), {errc::session_revoked, {}, {}});
  EXPECT_EQ(holder(), "ben");
}

TEST_F(keyboard_desk_test, a_newer_grant_takes_it_from_the_one_before) {
  give("ben", 1);
  give("eve", 2);
  auto late = about("revoked", "ben", 1);
  desk.take_event(late);
  EXPECT_EQ(holder(), "eve") << "what is told of an older lease is over";
}

TEST_F(keyboard_desk_test, what_the_server_refuses_is_told_to_who_asked) {
  ask("ben");
  ASSERT_TRUE(desk.allow(shared, "ben", 5min, false));
  wire::event refused;
  refused.type = "system.error";
  refused.reply_to = sent.back().id;
  refused.payload = {{"code", "capability_denied"}, {"message", "x"}};
  EXPECT_TRUE(desk.take_event(refused));
  EXPECT_EQ(last(), "denied device:ben capability_denied");
  EXPECT_FALSE(desk.take_event(refused)) << "answered once";
}

TEST_F(keyboard_desk_test, a_rule_gives_it_without_asking_and_takes_it_from_nobody) {
  ASSERT_TRUE(rules.add({keyboard_subject::user, "usr_ben", "ben", {}, "build", 3}));
  ASSERT_TRUE(rules.add({keyboard_subject::user, "usr_eve", "eve", {}, {}, 3}));
  ask("ben");
  EXPECT_TRUE(asking().empty());
  desk.take_event(about("granted", "ben", 1));
  EXPECT_EQ(holder(), "ben");
  EXPECT_TRUE(shared.by_rule);
  ask("eve");
  EXPECT_EQ(asking(), std::vector<std::string>{"eve"});
  EXPECT_EQ(holder(), "ben");
  desk.revoke(shared, "revoked");
  EXPECT_FALSE(shared.by_rule);
}

TEST_F(keyboard_desk_test, a_lease_that_ends_by_itself_is_told) {
  give("ben", 1);
  now += limits::terminal_control_life + 1min;
  shared.host->tick();
  EXPECT_EQ(holder(), "");
  EXPECT_EQ(last(), "revoked device:ben over");
}

}  // namespace
}  // namespace mesh::app
