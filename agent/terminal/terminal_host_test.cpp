#include "agent/terminal/terminal_host.hpp"

#include "agent/terminal/terminal_frames.hpp"
#include "agent/terminal/viewer_stream.hpp"
#include "core/base/limits.hpp"

#include <deque>

#include <gtest/gtest.h>

namespace mesh::terminal {
namespace {

using namespace std::chrono_literals;

// Two ends of a stream in memory. Each end takes only as much as the other has given back.
struct pipe_state {
  bytes waiting;  // written at this end, not yet at the other one
  std::size_t room = 4UZ << 20;
  bool fin = false;
  std::optional<std::uint64_t> was_reset;
  p2p::stream_handler* handler = nullptr;

  void write(const p2p::shared_bytes& data) {
    waiting.insert(waiting.end(), data.data.begin(), data.data.end());
  }
};
struct pipe_end final : p2p::byte_stream {
  explicit pipe_end(std::shared_ptr<pipe_state> s) : state(std::move(s)) {}
  ~pipe_end() override { state->handler = nullptr; }
  pipe_end(const pipe_end&) = delete;
  pipe_end& operator=(const pipe_end&) = delete;
  void set_handler(p2p::stream_handler* h) override { state->handler = h; }
  std::size_t writable() const override { return state->waiting.size() >= state->room ? 0 : state->room; }
  void write(p2p::shared_bytes data) override { state->write(data); }
  void finish() override { state->fin = true; }
  void consume(std::size_t) override {}
  void reset(std::uint64_t code) override { state->was_reset = code; }

  std::shared_ptr<pipe_state> state;
};

struct shared_terminal : testing::Test {
  void SetUp() override {
    host =
        terminal_host::make("build", {40, 10}, [this] { return now; },
                            {.input = [this](bytes_view data) { typed += as_text(data); },
                             .changed = {},
                             .expired = [this](const viewer_identity& who, lease_end) { expired = who.name; },
                             .suggested = {}})
            .value();
  }

  struct seat {
    std::shared_ptr<pipe_state> far = std::make_shared<pipe_state>();   // the host writes here
    std::shared_ptr<pipe_state> near = std::make_shared<pipe_state>();  // the viewer writes here
    std::unique_ptr<viewer_stream> viewer;
    std::string seen;
    std::optional<wire::term_exit> exit;
    std::optional<error> closed;
  };

  seat& sit(const std::string& name, bool control = true) {
    auto& s = seats.emplace_back();
    auto far = std::make_unique<pipe_end>(s.far), near = std::make_unique<pipe_end>(s.near);
    s.viewer = std::make_unique<viewer_stream>(
        std::move(near), viewer_calls{.output = [&s](bytes_view data) { s.seen += as_text(data); },
                                      .exited = [&s](const wire::term_exit& e) { s.exit = e; },
                                      .closed = [&s](const error& e) { s.closed = e; }});
    s.viewer->begin({});
    EXPECT_TRUE(host->add(std::move(far),
                          {session_id("ses_" + name), user_id("usr_" + name), device_id(name), name, control},
                          {}));
    return s;
  }
  static void carry(pipe_state& from, pipe_state& to) {
    const auto data = std::exchange(from.waiting, {});
    if (!data.empty() && to.handler != nullptr) to.handler->on_data(data, false);
  }
  void carry() {
    for (int i = 0; i < 4; ++i)
      for (auto& s : seats) {
        carry(*s.near, *s.far);
        carry(*s.far, *s.near);
        if (s.far->handler != nullptr) s.far->handler->on_writable();
      }
  }
  void say(std::string_view text) { host->output(as_bytes(text)); }
  static std::unique_ptr<screen> shown(const std::string& bytes) {
    auto s = screen::make({40, 10}, 100).value();
    s->write(as_bytes(bytes));
    return s;
  }

  steady_time now{1h};
  std::string typed;
  std::string expired;
  std::unique_ptr<terminal_host> host;
  std::deque<seat> seats;
};

TEST_F(shared_terminal, a_viewer_gets_the_screen_then_the_output) {
  say("before\r\n");
  auto& bob = sit("bob");
  carry();
  EXPECT_EQ(bob.viewer->name(), "build");
  EXPECT_EQ(bob.viewer->size(), (terminal_size{40, 10}));
  EXPECT_EQ(bob.seen, "");
  bob.viewer->watch(true);
  carry();
  say("after");
  carry();
  EXPECT_EQ(shown(bob.seen)->row(0, 40), "before");
  EXPECT_EQ(shown(bob.seen)->row(1, 40), "after");
  EXPECT_EQ(bob.viewer->state().watching, std::vector<std::string>{"bob"});
}

TEST_F(shared_terminal, nothing_reaches_the_shell_from_who_has_no_lease) {
  auto& eve = sit("eve");
  eve.viewer->watch(true);
  carry();
  EXPECT_FALSE(eve.viewer->type(as_bytes("rm -rf /\r")));
  for (const std::uint32_t epoch : {0U, 1U, 7U, 0xFFFFFFFFU})
    eve.near->write(input_frame(epoch, as_bytes("evil\r")));
  carry();
  auto& bob = sit("bob");
  ASSERT_TRUE(host->grant(session_id("ses_bob"), 7, now + 5min, false));
  eve.near->write(input_frame(7, as_bytes("evil\r")));
  eve.near->write(message_frame(wire::term_resize{1, 1}));
  carry();
  EXPECT_EQ(typed, "");
  EXPECT_EQ(host->size(), (terminal_size{40, 10}));
  ASSERT_TRUE(bob.viewer->type(as_bytes("ls\r")));
  carry();
  EXPECT_EQ(typed, "ls\r");
  host->revoke();
  bob.near->write(input_frame(7, as_bytes("again\r")));
  carry();
  EXPECT_EQ(typed, "ls\r");
  EXPECT_GT(host->gate().dropped_bytes(), 20U);
}

TEST_F(shared_terminal, a_viewer_asks_for_a_size_and_the_sharer_alone_sets_it) {
  auto &bob = sit("bob"), &eve = sit("eve");
  bob.viewer->ask_size({120, 40});  // of what it does not look at
  carry();
  EXPECT_TRUE(host->size_wishes().empty());
  bob.viewer->watch(true);
  eve.viewer->watch(true);
  bob.viewer->ask_size({120, 40});
  carry();
  EXPECT_EQ(host->size(), (terminal_size{40, 10}));
  ASSERT_EQ(host->size_wishes().size(), 1U);
  EXPECT_EQ(host->size_wishes()[0].who.name, "bob");
  EXPECT_EQ(host->wanted_size("bob").value(), (terminal_size{120, 40}));
  EXPECT_EQ(host->wanted_size("eve").error().code, errc::conflict);
  EXPECT_EQ(bob.viewer->state().asked, (wire::term_size{120, 40}));
  EXPECT_FALSE(eve.viewer->state().asked) << "it is told to who asked";
  host->resize({120, 40});
  carry();
  EXPECT_EQ(bob.viewer->size(), (terminal_size{120, 40}));
  EXPECT_FALSE(bob.viewer->state().asked);
  EXPECT_TRUE(host->size_wishes().empty());
}

TEST_F(shared_terminal, a_refused_size_is_told_and_one_that_nobody_answers_is_over) {
  auto& bob = sit("bob");
  bob.viewer->watch(true);
  bob.viewer->ask_size({120, 40});
  carry();
  ASSERT_TRUE(host->refuse_size(""));
  carry();
  EXPECT_FALSE(bob.viewer->state().asked);
  bob.viewer->ask_size({100, 30});
  carry();
  EXPECT_FALSE(bob.viewer->state().asked) << "not again at once";
  now += 20s;
  bob.viewer->ask_size({100, 30});
  carry();
  EXPECT_TRUE(bob.viewer->state().asked);
  now += limits::terminal_ask_timeout;
  host->tick();
  carry();
  EXPECT_FALSE(bob.viewer->state().asked);
  now += 1s;
  bob.viewer->ask_size({100, 30});
  carry();
  EXPECT_EQ(host->size_wishes().size(), 1U);
  bob.viewer->watch(false);
  carry();
  EXPECT_TRUE(host->size_wishes().empty()) << "who looks no longer asks for nothing";
}

TEST_F(shared_terminal, only_who_has_the_keyboard_learns_the_epoch) {
  auto &bob = sit("bob"), &eve = sit("eve");
  ASSERT_TRUE(host->grant(session_id("ses_bob"), 9, now + 5min, false));
  carry();
  EXPECT_EQ(bob.viewer->state().epoch, 9U);
  EXPECT_EQ(eve.viewer->state().epoch, std::nullopt);
  EXPECT_EQ(eve.viewer->state().controller, "bob");
}

TEST_F(shared_terminal, the_keyboard_is_for_those_who_may_have_it) {
  sit("guest", false);
  EXPECT_EQ(host->grant(session_id("ses_guest"), 1, now + 5min, false).error().code, errc::capability_denied);
  EXPECT_EQ(host->grant(session_id("ses_nobody"), 1, now + 5min, false).error().code, errc::conflict);
}

TEST_F(shared_terminal, a_viewer_that_goes_loses_the_keyboard) {
  auto& bob = sit("bob");
  ASSERT_TRUE(host->grant(session_id("ses_bob"), 1, now + 5min, false));
  bob.far->handler->on_closed({errc::connection_lost, {}, {}});
  EXPECT_FALSE(host->controller());
  EXPECT_EQ(expired, "bob");
}

TEST_F(shared_terminal, a_silent_viewer_loses_the_keyboard) {
  auto& bob = sit("bob");
  ASSERT_TRUE(host->grant(session_id("ses_bob"), 1, now + 5min, false));
  now += 10s;
  bob.viewer->alive(1);
  carry();
  now += 10s;
  host->tick();
  EXPECT_TRUE(host->controller());
  now += 6s;
  host->tick();
  EXPECT_FALSE(host->controller());
  EXPECT_EQ(expired, "bob");
}

TEST_F(shared_terminal, a_slow_viewer_holds_nobody_up_and_gets_a_snapshot) {
  auto &slow = sit("slow"), &quick = sit("quick");
  slow.viewer->watch(true);
  quick.viewer->watch(true);
  carry();
  slow.far->room = 1;  // takes nothing more than what waits already
  slow.far->waiting.assign(1, std::byte{0});
  const std::string line = "0123456789 0123456789 0123456789\r\n";
  for (int i = 0; i < 100'000; ++i) {
    say(line);
    if (i % 1000 == 0) carry(*quick.far, *quick.near);
  }
  EXPECT_LT(slow.far->waiting.size(), 3UZ << 20);
  say("the end");
  carry(*quick.far, *quick.near);
  EXPECT_TRUE(quick.seen.ends_with("the end"));
  slow.far->waiting.clear();
  slow.far->room = 4UZ << 20;
  const auto before = slow.seen.size();
  carry();
  EXPECT_LT(slow.seen.size() - before, 2UZ << 20);
  EXPECT_EQ(shown(slow.seen.substr(before))->row(9, 40), "the end");
}

TEST_F(shared_terminal, behind_the_curtain_nothing_is_seen) {
  auto& bob = sit("bob");
  bob.viewer->watch(true);
  carry();
  host->hide(true);
  say("secret\x1b[2J\x1b[H");
  carry();
  EXPECT_TRUE(bob.viewer->state().hidden);
  auto& late = sit("late");
  late.viewer->watch(true);
  carry();
  EXPECT_EQ(late.seen, "");
  host->hide(false);
  carry();
  EXPECT_EQ(bob.seen.find("secret"), std::string::npos);
  EXPECT_EQ(late.seen.find("secret"), std::string::npos);
  EXPECT_NE(late.seen, "");
}

TEST_F(shared_terminal, what_is_no_message_of_a_viewer_ends_its_stream) {
  auto& eve = sit("eve");
  eve.near->write(output_frame(0, as_bytes("I am the sharer")));
  carry();
  EXPECT_TRUE(host->viewers().empty());
  auto& mallory = sit("mallory");
  mallory.near->write(input_frame(1, bytes(limits::terminal_input_bytes_max + 1)));
  carry();
  EXPECT_TRUE(host->viewers().empty());
}

TEST_F(shared_terminal, the_end_of_the_shell_is_told) {
  auto& bob = sit("bob");
  carry();
  host->exited(3, {});
  carry();
  ASSERT_TRUE(bob.exit);
  EXPECT_EQ(bob.exit->code, 3);
  EXPECT_TRUE(bob.far->fin);
}

TEST_F(shared_terminal, there_are_seats_for_so_many) {
  for (std::size_t i = 0; i < limits::terminal_viewers_max; ++i) sit("v" + std::to_string(i));
  EXPECT_EQ(host->add(std::make_unique<pipe_end>(std::make_shared<pipe_state>()), {}, {}).error().code,
            errc::busy);
}

}  // namespace
}  // namespace mesh::terminal
