#include "agent/app/transfer_recorder.hpp"

#include "agent/p2p/close_code.hpp"
#include "agent/share/file_sender.hpp"
#include "agent/share/transfer_fixture.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

namespace mesh::app {
namespace {

using testing::Each;
using testing::Field;
using testing::Gt;

// What one machine writes down of its transfers, and what its listeners heard.
struct kept_list {
  std::optional<share::transfer_table>* table;
  transfer_book book = {};
  announced_peers peers = {};
  transfer_recorder recorder{
      book,
      peers,
      {[this](std::uint64_t number) -> std::optional<share::progress> {
         for (auto& now : (*table)->list())
           if (now.info.number == number) return std::move(now);
         return std::nullopt;
       },
       [](std::uint64_t) {}, [this](std::uint64_t number) { (void)(*table)->cancel(number); },
       [this](std::uint64_t number, std::uint64_t rate) { (void)(*table)->limit(number, rate); }}};
  std::vector<std::pair<transfer_change, transfer_record>> heard = {};
  int listening =
      book.listen([this](transfer_change c, const transfer_record& r) { heard.emplace_back(c, r); });

  const transfer_record& latest() const { return *book.all().back(); }
  // The records as they were told with that change.
  std::vector<transfer_record> told(transfer_change change) const {
    std::vector<transfer_record> out;
    for (const auto& [c, record] : heard)
      if (c == change) out.push_back(record);
    return out;
  }
};

struct recording : share::transfers {
  kept_list there{&receiver};
  kept_list here{&sender};

  recording() {
    transfer_id = "T1";
    receiver.emplace(make_runtime(), there.recorder);
    sender.emplace(make_runtime(), here.recorder);
  }
  ~recording() override {
    sender.reset();
    receiver.reset();
  }
  std::shared_ptr<share::memory_link> offer(const std::filesystem::path& file,
                                            share::memory_link_options options = {}) {
    auto link = start(file, options);
    for (const auto& now : sender->list()) here.recorder.add_waiting(now.info);
    return link;
  }
  void cut_after(const std::filesystem::path& file, std::uint64_t count) {
    const auto link = offer(file, {.piece_bytes_max = 60'000});
    run_until_delivered(*link, count);
    link->cut();
    loop.run();
    there.heard.clear();
    here.heard.clear();
  }
  std::filesystem::path called_off_after_a_cut() {
    auto file = make_file("a.bin", share::random_content(1U << 20U));
    cut_after(file, 300'000);
    there.recorder.call_off("1");
    return file;
  }
  // Offers it; the sender ends it for that reason once some of it has come.
  void end_after(const std::filesystem::path& file, std::uint64_t count, const error& reason) {
    const auto link = offer(file, {.piece_bytes_max = 60'000});
    run_until_delivered(*link, count);
    for (const auto& now : sender->list()) ASSERT_TRUE(sender->cancel(now.info.number, reason));
    loop.run();
  }
  // Of the only record there.
  std::string standing() const {
    const auto all = there.book.all();
    if (all.size() != 1) return std::to_string(all.size()) + " records";
    const auto& r = *all[0];
    return r.transfer_id + " " + wire::word_of(r.state) + (r.code ? " " + *r.code : "");
  }
};

TEST_F(recording, what_was_there_before_a_cut_is_known_from_the_start_to_the_end_and_makes_no_speed) {
  const auto file = make_file("a.bin", share::random_content(4U << 20U));
  cut_after(file, 3'000'000);
  const auto link = offer(file, {.piece_bytes_max = 60'000});
  run_until_delivered(*link, 300'000);
  pass(limits::transfer_progress_interval);
  loop.run();
  for (const auto* list : {&here, &there}) {
    const auto& r = list->latest();
    ASSERT_EQ(r.state, transfer_state::done);
    EXPECT_GT(r.before, 2'500'000U);
    EXPECT_DOUBLE_EQ(r.rate, static_cast<double>(r.size - r.before) / r.seconds);
    const auto progressed = list->told(transfer_change::progressed);
    ASSERT_FALSE(progressed.empty());
    EXPECT_THAT(progressed.back(), Field(&transfer_record::before, r.before));
  }
  EXPECT_EQ(here.latest().before, there.latest().before);
  const auto began = there.told(transfer_change::started);
  ASSERT_EQ(began.size(), 1U);
  EXPECT_GT(began[0].before, 2'500'000U);
  EXPECT_EQ(began[0].done, began[0].before);
  EXPECT_THAT(there.told(transfer_change::progressed), Each(Field(&transfer_record::before, Gt(2'500'000U))));
}

TEST_F(recording, however_often_it_is_cut_what_comes_in_has_one_record_that_fails_only_at_the_end) {
  const auto file = make_file("a.bin", share::random_content(4U << 20U));
  for (int i = 0; i < 20; ++i) {
    cut_after(file, 40'000);
    ASSERT_EQ(standing(), "1 queued connection_lost") << i;
    EXPECT_EQ(there.latest().rate, 0);
    EXPECT_FALSE(there.latest().eta_seconds);
  }
  const auto since = there.latest().started_at;
  offer(file);
  loop.run();
  EXPECT_EQ(standing(), "1 done");
  EXPECT_EQ(there.latest().started_at, since);
  EXPECT_EQ(there.told(transfer_change::started).size(), 1U);
  EXPECT_EQ(there.told(transfer_change::ended).size(), 1U);
}

TEST_F(recording, a_pause_or_stop_of_the_sender_is_told_as_that_and_what_it_calls_off_has_failed) {
  const auto file = make_file("a.bin", share::random_content(1U << 20U));
  end_after(file, 300'000, p2p::close_code::pause());
  EXPECT_EQ(standing(), "1 paused");
  EXPECT_EQ(there.heard.back().first, transfer_change::queued);
  end_after(file, 100'000, {errc::connection_lost, "this agent stops", {}});
  EXPECT_EQ(standing(), "1 queued stalled");
  end_after(file, 100'000, {errc::canceled, "canceled by the sender", {}});
  EXPECT_EQ(standing(), "1 failed canceled");
  EXPECT_EQ(there.heard.back().first, transfer_change::ended);
  // It changes its mind.
  offer(file);
  loop.run();
  EXPECT_EQ(standing(), "1 done");
  EXPECT_FALSE(there.latest().code);
}

TEST_F(recording, an_offer_that_is_paused_waits_again_in_its_record) {
  request.mode = share::receive_mode::ask;
  request.standing = {};
  const auto file = make_file("a.bin", "content");
  for (int i = 0; i < 3; ++i) {
    offer(file);
    loop.run();
    ASSERT_EQ(standing(), "1 waiting");
    for (const auto& now : sender->list())
      ASSERT_TRUE(sender->cancel(now.info.number, p2p::close_code::pause()));
    loop.run();
    ASSERT_EQ(standing(), "1 paused");
  }
  offer(file);
  loop.run();
  ASSERT_TRUE(receiver->answer(receiver->list().at(0).info.number, true));
  loop.run();
  EXPECT_EQ(standing(), "1 done");
}

TEST_F(recording, what_was_called_off_while_it_was_cut_is_refused_when_it_comes_again_and_once) {
  const auto file = called_off_after_a_cut();
  EXPECT_EQ(standing(), "1 failed canceled");
  offer(file);
  loop.run();
  EXPECT_EQ(standing(), "1 failed canceled");
  EXPECT_EQ(here.latest().code, "canceled");
  EXPECT_TRUE(share::said_by_peer({errc::canceled, here.latest().message.value_or(""), {}}))
      << "so it is not tried again";
  offer(file);
  loop.run();
  EXPECT_EQ(standing(), "1 done");
}

TEST_F(recording, what_is_called_off_while_nobody_knows_that_the_connection_is_dead_stays_called_off) {
  const auto file = make_file("a.bin", share::random_content(1U << 20U));
  for (int i = 0; i < 3; ++i) {
    const auto link = offer(file, {.piece_bytes_max = 60'000});
    if (i == 0) {
      run_until_delivered(*link, 300'000);
      there.recorder.call_off("1");
      ASSERT_TRUE(receiver->cancel(receiver->list().at(0).info.number));
    } else {
      run_until_delivered(*link, 1);  // of the offer
    }
    link->cut();  // before the refusal has left
    link->halves[1].queue.clear();
    link->halves[1].queued = 0;
    loop.run();
    EXPECT_EQ(standing(), "1 failed canceled") << i;
    ASSERT_TRUE(there.recorder.history().transfers.at(0).called_off) << i;
  }
  offer(file);
  loop.run();
  EXPECT_EQ(here.latest().code, "canceled");
  EXPECT_FALSE(there.recorder.history().transfers.at(0).called_off) << "the sender knows";
  offer(file);
  loop.run();
  EXPECT_EQ(standing(), "1 done") << "its sender began anew, knowing that";
}

TEST_F(recording, what_is_here_and_is_offered_again_by_a_sender_who_does_not_know_leaves_no_second_line) {
  const auto file = make_file("a.bin", share::random_content(1U << 20U));
  offer(file);
  loop.run();
  for (const error& why : {error{errc::canceled, "canceled by the sender", {}},
                           error{errc::connection_lost, "this agent stops", {}}}) {
    offer(file);
    while (here.latest().state == transfer_state::waiting) ASSERT_TRUE(loop.step());
    ASSERT_EQ(here.latest().state, transfer_state::running);
    for (const auto& now : sender->list()) ASSERT_TRUE(sender->cancel(now.info.number, why));
    loop.run();
    EXPECT_EQ(standing(), "1 done");
  }
  offer(file);
  loop.run();
  EXPECT_EQ(here.latest().state, transfer_state::done);
  EXPECT_EQ(standing(), "1 done") << "and is confirmed";
  // Another content of it: not before what is here is found to be of no use.
  const auto changed = make_file("a.bin", share::random_content(1U << 20U, 2));
  offer(changed);
  loop.run();
  EXPECT_EQ(standing(), "1 done");
  end_after(changed, 300'000, {errc::canceled, "canceled by the sender", {}});
  ASSERT_EQ(there.book.all().size(), 2U);
  EXPECT_EQ(there.latest().code, "canceled");
}

TEST_F(recording, an_offer_that_is_taken_back_before_it_was_read_leaves_no_line) {
  const auto link = offer(make_file("a.bin", "content"));
  run_until_delivered(*link, 1);
  ASSERT_TRUE(receiver->list().at(0).info.transfer_id.empty());
  for (const auto& now : sender->list())
    ASSERT_TRUE(sender->cancel(now.info.number, {errc::canceled, "canceled by the sender", {}}));
  loop.run();
  EXPECT_TRUE(there.book.all().empty());
}

TEST_F(recording, what_was_called_off_too_late_is_done) {
  offer(make_file("a.bin", "content"));
  loop.run();
  there.recorder.call_off("1");
  EXPECT_FALSE(there.recorder.history().transfers.at(0).called_off);
  EXPECT_EQ(standing(), "1 done");
}

TEST_F(recording, what_was_called_off_is_refused_also_after_a_restart_of_the_receiver) {
  const auto file = called_off_after_a_cut();
  kept_list later{&receiver};
  later.recorder.restore(parse_history(render_history(there.recorder.history())).value());
  receiver.emplace(make_runtime(), later.recorder);
  offer(file);
  loop.run();
  EXPECT_EQ(later.latest().code, "canceled");
  EXPECT_FALSE(later.recorder.history().transfers.at(0).called_off) << "the sender knows";
  offer(file);
  loop.run();
  EXPECT_EQ(later.latest().state, transfer_state::done);
  receiver.reset();
}

TEST_F(recording, a_rate_of_its_own_holds_when_it_goes_on) {
  const auto file = make_file("a.bin", share::random_content(24U << 20U));
  cut_after(file, 300'000);
  there.book.limit("1", 1'000'000);
  const auto link = offer(file, {.piece_bytes_max = 60'000});
  loop.run();
  EXPECT_EQ(standing(), "1 running") << "it waits for its rate, and nothing lets time pass";
  EXPECT_EQ(there.latest().limit, 1'000'000U);
}

TEST_F(recording, what_a_person_refused_or_what_bears_another_name_is_not_written_over) {
  request.mode = share::receive_mode::ask;
  request.standing = {};
  offer(make_file("malware.exe", "content"));
  loop.run();
  ASSERT_TRUE(receiver->answer(receiver->list().at(0).info.number, false));
  loop.run();
  ASSERT_EQ(standing(), "1 failed denied");
  offer(make_file("malware.exe", "content"));
  loop.run();
  ASSERT_EQ(there.book.all().size(), 2U);
  for (const auto& now : sender->list())
    ASSERT_TRUE(sender->cancel(now.info.number, p2p::close_code::pause()));
  loop.run();
  ASSERT_EQ(there.latest().state, transfer_state::paused);
  offer(make_file("holiday.jpg", "another"));
  loop.run();
  ASSERT_EQ(there.book.all().size(), 3U);
  EXPECT_EQ(there.book.all()[0]->name, "malware.exe");
  EXPECT_EQ(there.book.all()[1]->name, "malware.exe");
}

TEST_F(recording, what_was_asked_for_here_has_failed_when_the_program_was_killed_meanwhile) {
  there.recorder.asked_here("T1");
  const auto link = offer(make_file("a.bin", share::random_content(1U << 20U)), {.piece_bytes_max = 60'000});
  run_until_delivered(*link, 300'000);
  ASSERT_EQ(standing(), "1 running");
  const auto kept = parse_history(render_history(there.recorder.history()));
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->transfers.at(0).record.state, transfer_state::failed) << "nobody will send it by himself";
}

TEST_F(recording, what_was_asked_for_here_has_failed_when_it_is_cut) {
  const auto file = make_file("a.bin", share::random_content(1U << 20U));
  there.recorder.asked_here("T1");
  cut_after(file, 300'000);
  EXPECT_EQ(standing(), "1 failed connection_lost");
}

TEST_F(recording, one_id_of_two_devices_or_of_what_is_done_stands_for_different_transfers) {
  const auto file = make_file("a.bin", share::random_content(1U << 20U));
  cut_after(file, 300'000);
  request.peer.device = mesh::device_id("a-third-device");
  offer(file);
  loop.run();
  ASSERT_EQ(there.book.all().size(), 2U);
  EXPECT_EQ(there.book.all()[0]->state, transfer_state::queued);
  EXPECT_EQ(there.latest().device_id, "a-third-device");
  offer(make_file("a.bin", "another content"));
  loop.run();
  EXPECT_EQ(there.book.all().size(), 3U);
}

TEST_F(recording, the_list_goes_on_over_a_restart_of_the_receiver) {
  const auto cut = make_file("cut.bin", share::random_content(1U << 20U));
  offer(make_file("whole.bin", "content"));
  loop.run();
  transfer_id = "T2";
  cut_after(cut, 300'000);
  // Another run of the program: nothing is left but what is kept.
  const auto kept = parse_history(render_history(there.recorder.history()));
  ASSERT_TRUE(kept) << kept.error().detail;
  kept_list later{&receiver};
  later.recorder.restore(*kept);
  receiver.emplace(make_runtime(), later.recorder);
  const auto before = later.book.all();
  ASSERT_EQ(before.size(), 2U);
  EXPECT_EQ(before[0]->transfer_id + before[0]->name + wire::word_of(before[0]->state), "1whole.bindone");
  EXPECT_EQ(before[1]->transfer_id + before[1]->name + wire::word_of(before[1]->state), "2cut.binqueued");
  offer(cut);
  loop.run();
  transfer_id = "T3";
  offer(make_file("new.bin", "content"));
  loop.run();
  const auto after = later.book.all();
  ASSERT_EQ(after.size(), 3U);
  EXPECT_EQ(after[1]->state, transfer_state::done) << "it went on in its record";
  EXPECT_EQ(after[2]->name, "new.bin");
  EXPECT_GT(std::stoi(after[2]->transfer_id), 2) << "no id is given twice";
  EXPECT_EQ(later.recorder.history().transfers.size(), 3U);
  receiver.reset();
}

}  // namespace
}  // namespace mesh::app
