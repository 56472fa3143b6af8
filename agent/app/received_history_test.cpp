#include "agent/app/received_history.hpp"

#include "agent/os/test_dir.hpp"
#include "core/base/log.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

kept_transfer kept(std::string id, transfer_state state = transfer_state::done) {
  kept_transfer out;
  out.record.transfer_id = std::move(id);
  out.record.state = state;
  out.record.name = "film.mkv";
  out.record.size = 1000;
  out.record.hash = "abcd";
  out.user = "usr_1";
  out.sender_id = "T" + out.record.transfer_id;
  return out;
}

TEST(received_history, comes_back_as_it_was_without_what_texts_said) {
  received_history before{.last = 9, .transfers = {kept("3"), kept("7", transfer_state::failed)}};
  before.transfers[0].record.text = "the door code is 4711";
  before.transfers[1].record.code = "disk_full";
  const auto text = render_history(before);
  EXPECT_FALSE(text.contains("4711")) << text;
  const auto back = parse_history(text);
  ASSERT_TRUE(back) << back.error().detail;
  EXPECT_EQ(back->last, 9U);
  ASSERT_EQ(back->transfers.size(), 2U);
  const auto& first = back->transfers[0];
  EXPECT_EQ(first.record.name, "film.mkv");
  EXPECT_EQ(first.record.hash, "abcd");
  EXPECT_EQ(first.record.text, "") << "it is still known to have been a text";
  EXPECT_EQ(first.user + " " + first.sender_id, "usr_1 T3");
  EXPECT_EQ(back->transfers[1].record.code, "disk_full");
}

TEST(received_history, what_was_under_way_was_cut_by_the_end) {
  using enum transfer_state;
  received_history before;
  for (const auto state : {running, waiting, queued, paused, done})
    before.transfers.push_back(kept(std::to_string(before.transfers.size() + 1), state));
  const auto back = parse_history(render_history(before));
  ASSERT_TRUE(back);
  std::vector<transfer_state> states;
  for (const auto& t : back->transfers) states.push_back(t.record.state);
  EXPECT_EQ(states, (std::vector{queued, queued, queued, paused, done}));
  EXPECT_EQ(back->transfers[0].record.code, "connection_lost");
}

TEST(received_history, numbers_go_on_behind_the_highest_whatever_the_file_says) {
  const auto back = parse_history(render_history({.last = 2, .transfers = {kept("12")}}));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->last, 12U);
}

TEST(received_history, a_file_that_is_not_ours_is_refused) {
  const std::string table[] = {
      "",
      "{",
      "[]",
      "null",
      R"({"last":-1,"transfers":[]})",
      R"({"last":18446744073709551615,"transfers":[]})",
      R"({"last":1,"transfers":{}})",
  };
  for (const auto& text : table) {
    const auto read = parse_history(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, errc::bad_message) << text;
  }
}

TEST(received_history, a_record_that_is_not_ours_costs_itself_only) {
  const auto of = [](auto change) {
    received_history h{.last = 1, .transfers = {kept("1"), kept("2"), kept("3")}};
    change(h.transfers[1].record);
    return render_history(h);
  };
  auto other_shape = of([](auto&) {});
  other_shape.replace(other_shape.find(R"("size":1000)"), 11, R"("size":"ten")");
  const std::string table[] = {
      other_shape,
      of([](auto& r) { r.transfer_id = "1"; }),
      of([](auto& r) { r.transfer_id = "0"; }),
      of([](auto& r) { r.transfer_id = "2 "; }),
      of([](auto& r) { r.transfer_id = "QMHJA2Q9"; }),
      of([](auto& r) { r.transfer_id = "18446744073709551615"; }),
      of([](auto& r) { r.transfer_id = "99999999999999999999999"; }),
      of([](auto& r) { r.direction = transfer_direction::out; }),
  };
  for (const auto& text : table) {
    const auto read = parse_history(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(read->unreadable, 1U) << text;
    EXPECT_EQ(read->transfers.size(), 2U) << text;
    EXPECT_EQ(read->last, 3U) << text;
  }
}

TEST(received_history, a_path_that_is_no_utf8_costs_its_odd_bytes_only) {
  received_history h{.last = 1, .transfers = {kept("1")}};
  h.transfers[0].record.stored = "/home/Zo\xeb/film.mkv";
  const auto back = parse_history(render_history(h));
  ASSERT_TRUE(back) << back.error().detail;
  EXPECT_EQ(back->transfers.at(0).record.stored, "/home/Zo\xEF\xBF\xBD/film.mkv");
}

TEST(received_history, a_list_too_long_to_be_read_back_loses_its_oldest) {
  received_history h;
  for (int i = 1; i <= 40; ++i) {
    h.transfers.push_back(kept(std::to_string(i)));
    h.transfers.back().record.name.assign(1024UZ * 1024, 'n');
  }
  const auto back = parse_history(render_history(h));
  ASSERT_TRUE(back) << back.error().detail;
  ASSERT_GT(back->transfers.size(), 5U);
  EXPECT_EQ(back->transfers.back().record.transfer_id, "40");
}

TEST(received_history, its_file_is_private_and_a_broken_one_is_an_empty_list) {
  namespace fs = std::filesystem;
  (void)log::configure("off");
  os::test_dir temp;
  const auto dir = os::private_dir::open(temp / "state");
  ASSERT_TRUE(dir);
  EXPECT_TRUE(load_history(*dir).transfers.empty()) << "there is none yet";
  ASSERT_TRUE(save_history(*dir, {.last = 1, .transfers = {kept("1")}}));
  const auto file = dir->path() / "received.json";
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(load_history(*dir).transfers.size(), 1U);
  fs::resize_file(file, fs::file_size(file) - 1);
  EXPECT_TRUE(load_history(*dir).transfers.empty());
  EXPECT_FALSE(fs::exists(file));
  EXPECT_TRUE(fs::exists(dir->path() / "received.json.bad"));
  auto spoiled = kept("2");
  spoiled.record.direction = transfer_direction::out;
  ASSERT_TRUE(save_history(*dir, {.last = 1, .transfers = {kept("1"), spoiled}}));
  const auto before = fs::file_size(file);
  EXPECT_EQ(load_history(*dir).transfers.size(), 1U);
  ASSERT_TRUE(save_history(*dir, {.last = 1, .transfers = {kept("1")}}));
  EXPECT_EQ(fs::file_size(dir->path() / "received.json.bad"), before) << "nothing was lost";
  ASSERT_TRUE(save_history(*dir, {.last = 1, .transfers = {kept("1")}}));
  fs::permissions(file, fs::perms::others_read, fs::perm_options::add);
  EXPECT_TRUE(load_history(*dir).transfers.empty());
}

}  // namespace
}  // namespace mesh::app
