#include "agent/app/terminal_pages.hpp"

#include "core/io/condition.hpp"
#include "core/io/loop.hpp"
#include "core/wire/payloads.hpp"

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

// A server that is there, and one terminal that changes when the test says so.
struct terminal_pages_test : testing::Test {
  void page_says(std::string_view action, wire::json_object more = {}) {
    wire::event e;
    e.type = "terminal.manage";
    e.payload = std::move(more);
    e.payload["action"] = action;
    EXPECT_TRUE(pages.take_event(e));
  }
  void server_says(errc code, const std::string& reply_to) {
    wire::event e;
    e.type = "system.error";
    e.reply_to = reply_to;
    e.payload = {{"code", word(code)}, {"message", "x"}};
    EXPECT_TRUE(pages.take_event(e));
  }
  // Whatever is due within that time happens.
  void pass(std::chrono::milliseconds time) {
    loop.run([](std::chrono::milliseconds wait) -> io::task<> { co_await io::sleep_for(wait); }(time));
  }
  void change(std::vector<std::string> looking) {
    watching = std::move(looking);
    changed.notify();
  }
  wire::json_value list() const {
    wire::json_value names(boost::json::array_kind);
    for (const auto& name : watching) names.as_array().emplace_back(name);
    wire::json_value all(boost::json::array_kind);
    all.as_array().push_back({{"name", "build"},
                              {"cols", 80},
                              {"rows", 24},
                              {"hidden", false},
                              {"watching", names},
                              {"asked", boost::json::array()},
                              {"masked", 3}});
    return all;
  }
  wire::terminal_managed told(std::size_t which) const {
    return wire::payload_of<wire::terminal_managed>(sent.at(which)).value();
  }

  io::loop loop;
  io::task_group tasks{loop.get_executor(), "test"};
  io::condition changed{loop.get_executor()};
  std::vector<std::string> watching;
  std::vector<wire::event> sent;
  std::vector<control::request> wishes;
  std::shared_ptr<control::reply> answer;
  terminal_pages pages{{.send =
                            [this](wire::event e) {
                              sent.push_back(std::move(e));
                              return true;
                            },
                        .list = [this] { return list(); },
                        .changed = [this] { return changed.wait(); },
                        .control =
                            [this](const control::request& r, const std::shared_ptr<control::reply>& to) {
                              wishes.push_back(r);
                              answer = to;
                            }},
                       tasks};
};

TEST_F(terminal_pages_test, a_page_that_asks_is_told_now_and_at_each_change) {
  change({"nobody hears this"});
  pass(1ms);
  EXPECT_TRUE(sent.empty());
  page_says("list");
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].type, "terminal.managed");
  EXPECT_EQ(sent[0].to, "server");
  EXPECT_EQ(told(0).terminals.at(0).name, "build");
  pass(1ms);
  change({"ben"});
  pass(1ms);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(told(1).terminals.at(0).watching, std::vector<std::string>{"ben"});
}

TEST_F(terminal_pages_test, what_did_not_change_is_not_told_again) {
  page_says("list");
  pass(1ms);
  change({});
  pass(1ms);
  EXPECT_EQ(sent.size(), 1U);
}

TEST_F(terminal_pages_test, many_changes_are_told_once_and_the_last_one_is) {
  page_says("list");
  pass(1ms);
  for (int i = 0; i < 50; ++i) {
    change({std::to_string(i)});
    pass(1ms);
  }
  EXPECT_LE(sent.size(), 3U);
  pass(500ms);
  EXPECT_EQ(told(sent.size() - 1).terminals.at(0).watching, std::vector<std::string>{"49"});
}

TEST_F(terminal_pages_test, when_no_page_is_open_it_falls_silent_until_one_asks) {
  page_says("list");
  server_says(errc::peer_offline, sent[0].id);
  change({"ben"});
  pass(300ms);
  EXPECT_EQ(sent.size(), 1U);
  page_says("list");
  EXPECT_EQ(sent.size(), 2U);
  change({"eve"});
  pass(300ms);
  EXPECT_EQ(told(sent.size() - 1).terminals.at(0).watching, std::vector<std::string>{"eve"});
}

TEST_F(terminal_pages_test, an_old_answer_of_the_server_is_not_about_the_new_page) {
  page_says("list");
  const auto before = sent[0].id;
  page_says("list");
  wire::event e;
  e.type = "system.error";
  e.reply_to = before;
  e.payload = {{"code", "peer_offline"}, {"message", "x"}};
  EXPECT_FALSE(pages.take_event(e));
  pass(1ms);
  change({"ben"});
  pass(300ms);
  EXPECT_EQ(told(sent.size() - 1).terminals.at(0).watching, std::vector<std::string>{"ben"});
}

TEST_F(terminal_pages_test, a_wish_is_carried_out_and_its_outcome_told) {
  page_says("allow", {{"name", "build"}, {"viewer", "ben"}, {"minutes", 15}});
  ASSERT_EQ(wishes.size(), 1U);
  EXPECT_EQ(wishes[0].type, "terminal_control");
  EXPECT_EQ(wishes[0].payload,
            (wire::json_object{{"name", "build"}, {"action", "allow"}, {"viewer", "ben"}, {"minutes", 15}}));
  answer->done();
  EXPECT_FALSE(told(0).refused);
  page_says("revoke", {{"name", "build"}});
  answer->fail({errc::terminal_unknown, "build", "NAME"});
  EXPECT_EQ(told(1).refused, "terminal_unknown");
}

TEST_F(terminal_pages_test, a_page_sets_no_sizes_and_ends_no_shell) {
  for (const auto* action : {"resize", "exited", "record", "unmask", "", "listen"})
    page_says(action, {{"name", "build"}});
  EXPECT_TRUE(wishes.empty());
  ASSERT_EQ(sent.size(), 6U);
  for (std::size_t i = 0; i < sent.size(); ++i) EXPECT_EQ(told(i).refused, "kind_unknown");
}

TEST_F(terminal_pages_test, what_is_about_something_else_is_left_alone) {
  wire::event e;
  for (const auto* type : {"terminal.shared", "terminal.managed", "system.error", "share.control"}) {
    e.type = type;
    EXPECT_FALSE(pages.take_event(e)) << type;
  }
}

}  // namespace
}  // namespace mesh::app
