#include "agent/app/page_reports.hpp"

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

transfer_record record(std::string id, transfer_state state = transfer_state::running) {
  transfer_record r;
  r.transfer_id = std::move(id);
  r.state = state;
  r.name = "/home/ben/in/.film.mkv.part";
  r.size = 1000;
  r.done = 500;
  r.rate = 249.6;
  r.session_id = "ses_1";
  return r;
}

class page_reports_test : public testing::Test {
 protected:
  // "type id" of all that is due.
  std::vector<std::string> told() {
    std::vector<std::string> out;
    while (const auto due = reports_.take(now_)) out.push_back(due->type + ' ' + due->transfer_id);
    return out;
  }
  void note(transfer_change change, const transfer_record& r) { reports_.note(change, r, now_); }

  steady_time now_{};
  page_reports reports_;
};

using transfer_change::ended;
using transfer_change::offered;
using transfer_change::progressed;
using transfer_change::queued;
using transfer_change::started;
using list = std::vector<std::string>;

TEST_F(page_reports_test, says_nothing_until_a_page_asked) {
  note(started, record("1"));
  EXPECT_EQ(told(), list());
  reports_.start(now_);
  note(started, record("1"));
  EXPECT_EQ(told(), list{"share.accepted 1"});
  note(progressed, record("1"));
  reports_.stop();
  now_ += 1s;
  EXPECT_EQ(told(), list());
  EXPECT_FALSE(reports_.next_due(now_));
}

TEST_F(page_reports_test, tells_how_far_a_transfer_is_twice_a_second_at_most_and_the_last_word_always) {
  reports_.start(now_);
  note(started, record("1"));
  std::size_t reports = told().size();
  for (int step = 0; step < 100; ++step) {  // ten seconds
    now_ += 100ms;
    note(progressed, record("1"));
    reports += told().size();
  }
  EXPECT_GE(reports, 20U);
  EXPECT_LE(reports, 21U);
  note(progressed, record("1"));
  ASSERT_TRUE(reports_.next_due(now_));
  now_ = *reports_.next_due(now_);
  EXPECT_EQ(told(), list{"share.progress 1"}) << "the last one is not swallowed";
  note(progressed, record("1"));
  note(ended, record("1", transfer_state::done));
  EXPECT_EQ(told(), list{"share.done 1"}) << "an end does not wait";
}

TEST_F(page_reports_test, a_flood_of_small_files_is_told_in_a_few_words) {
  reports_.start(now_);
  std::size_t reports = 0;
  for (int file = 0; file < 1000; ++file) {  // one second
    const auto id = std::to_string(file);
    note(queued, record(id, transfer_state::queued));
    note(started, record(id));
    note(ended, record(id, transfer_state::done));
    now_ += 1ms;
    reports += told().size();
  }
  EXPECT_LE(reports, 41U);
  while (const auto next = reports_.next_due(now_)) {
    now_ = *next;
    reports += told().size();
  }
  EXPECT_EQ(reports, 1000U) << "in the end each is told once";
}

TEST_F(page_reports_test, names_each_state_as_the_contract_does) {
  struct row {
    transfer_change change;
    transfer_state state;
    std::optional<std::string> code;
    std::string type;
  };
  const row table[] = {
      {queued, transfer_state::queued, {}, "share.offered"},
      {offered, transfer_state::waiting, {}, "share.offered"},
      {started, transfer_state::running, {}, "share.accepted"},
      {progressed, transfer_state::running, {}, "share.progress"},
      {queued, transfer_state::paused, {}, "share.progress"},
      {ended, transfer_state::done, {}, "share.done"},
      {ended, transfer_state::failed, "denied", "share.rejected"},
      {ended, transfer_state::failed, "disk_full", "share.failed"},
  };
  reports_.start(now_);
  for (const auto& [change, state, code, type] : table) {
    auto r = record("1", state);
    r.code = code;
    note(change, r);
    EXPECT_EQ(told(), list{type + " 1"});
    now_ += 1s;
  }
}

TEST(report_of, leaves_folders_and_details_of_errors_at_home) {
  auto r = record("1", transfer_state::failed);
  r.stored = "/home/ben/in/film.mkv";
  r.code = "disk_full";
  r.message = "/home/ben/in: 5 GB are missing";
  const auto report = report_of(r);
  EXPECT_EQ(report.name, ".film.mkv.part");
  EXPECT_EQ(report.stored, "film.mkv");
  EXPECT_EQ(report.rate, 250U);
  EXPECT_EQ(report.state, "failed");
  EXPECT_EQ(wire::to_text(wire::to_json(report)).find("/home"), std::string::npos);
}

TEST(list_of, keeps_the_unfinished_and_the_newest_within_one_message) {
  std::vector<transfer_record> all;
  all.push_back(record("old but running"));
  for (int i = 0; i < 500; ++i) all.push_back(record(std::to_string(i), transfer_state::done));
  for (auto& r : all) r.name = std::string(200, 'x');
  std::vector<const transfer_record*> records;
  for (const auto& r : all) records.push_back(&r);
  const auto listed = list_of(records);
  EXPECT_EQ(listed.transfers.size() + listed.omitted, 501U);
  EXPECT_GT(listed.transfers.size(), 20U);
  EXPECT_EQ(listed.transfers.back().transfer_id, "old but running");
  EXPECT_EQ(listed.transfers[listed.transfers.size() - 2].transfer_id, "499");
  EXPECT_LT(wire::to_text(wire::to_json(listed)).size(), 64U * 1024);
}

TEST(list_of, leaves_out_only_what_is_too_long) {
  const std::vector all{record("1", transfer_state::done), record("2", transfer_state::done),
                        record("3", transfer_state::done)};
  for (std::size_t longest = 0; longest < all.size(); ++longest) {
    auto some = all;
    some[longest].stored = std::string(65'300, 'n');
    const auto listed = list_of({some.data(), &some[1], &some[2]});
    EXPECT_EQ(listed.omitted, 1U);
    ASSERT_EQ(listed.transfers.size(), 2U) << longest;
    for (const auto& report : listed.transfers) EXPECT_NE(report.transfer_id, some[longest].transfer_id);
  }
}

TEST_F(page_reports_test, a_folder_is_told_with_its_files_and_the_one_that_moves) {
  auto r = record("1");
  EXPECT_FALSE(report_of(r).folder);
  r.folder = share::tree_figures{.files = 12, .files_done = 5, .omitted = 1, .current = "drafts/cellar.pdf"};
  const auto folder = report_of(r).folder;
  ASSERT_TRUE(folder);
  EXPECT_EQ(wire::to_text(wire::to_json(*folder)),
            R"({"files":12,"files_done":5,"current":"drafts/cellar.pdf","omitted":1,"renamed":0,)"
            R"("incomplete":false})");
}

}  // namespace
}  // namespace mesh::app
