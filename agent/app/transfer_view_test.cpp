// The sentences about transfers, as a person reads them without a terminal.
#include "agent/app/transfer_view.hpp"

#include "agent/app/job_record.hpp"
#include "agent/app/outbox.hpp"
#include "agent/app/texts.hpp"
#include "agent/share/file_sender.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

class transfer_words : public testing::Test {
 protected:
  void SetUp() override {
    text::add(command_texts());
    text::set_language(text::language::en);
  }
  void TearDown() override { text::set_language(text::language::en); }

  static transfer_record outgoing(transfer_state state) {
    transfer_record r;
    r.transfer_id = "7";
    r.direction = transfer_direction::out;
    r.state = state;
    r.name = "big.bin";
    r.device_id = "device-b";
    r.size = 30'000'000;
    return r;
  }
  static transfer_record stopped(errc why) {
    auto r = outgoing(transfer_state::queued);
    r.code = word(why);
    return r;
  }
  static std::string said(transfer_view& view, std::string_view type, const transfer_record& record) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    view.show(type, wire::to_json(record).as_object());
    return testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr();
  }
};

TEST_F(transfer_words, what_waits_is_told_with_its_cause_and_once_as_long_as_that_holds) {
  transfer_view view(false);
  const auto lost = stopped(errc::connection_lost);
  const auto told =
      "The connection was lost: big.bin waits for device-b and is sent by itself. Its id is 7 (mesh-agent "
      "transfers).\n";
  EXPECT_EQ(said(view, "queued", lost), told);
  EXPECT_EQ(said(view, "queued", lost), "");
  EXPECT_NE(said(view, "queued", stopped(errc::peer_offline)), "");
  EXPECT_EQ(said(view, "queued", lost), told) << "another reason";
  (void)said(view, "progress", outgoing(transfer_state::running));
  EXPECT_EQ(said(view, "queued", lost), told) << "it ran meanwhile";
}

TEST_F(transfer_words, who_receives_is_not_told_what_its_sender_does) {
  transfer_view view(false);
  auto comes = stopped(errc::busy);
  comes.direction = transfer_direction::in;
  EXPECT_EQ(said(view, "queued", comes),
            "Busy just now: big.bin is still to come; device-b tries it again by itself.\n");
}

TEST_F(transfer_words, whoever_said_no_is_named) {
  auto here = outgoing(transfer_state::failed);
  here.direction = transfer_direction::in;
  here.code = "denied";
  here.message = "the receiver declined";
  EXPECT_EQ(shown_state(here), "failed (You declined)");
  EXPECT_EQ(shown_reason(here), "You declined.");
  auto there = outgoing(transfer_state::failed);
  there.code = "canceled";
  there.message = share::peer_error("canceled", "canceled here").detail;
  EXPECT_EQ(shown_state(there), "failed (The other side declined)");
  there.message = "canceled here";
  EXPECT_EQ(shown_state(there), "failed (Canceled)");
}

TEST_F(transfer_words, a_speed_is_told_of_what_moved_only) {
  auto done = outgoing(transfer_state::done);
  done.done = done.size;
  done.seconds = 0.15;
  transfer_view view(false);
  EXPECT_TRUE(said(view, "sent", done)
                  .starts_with("big.bin: arrived at device-b, 28.61 MB in 0.15 s (190.73 MB/s)\n"));
  done.before = done.size;
  EXPECT_TRUE(said(view, "sent", done).starts_with("big.bin: arrived at device-b, 28.61 MB in 0.15 s\n"));
  text::set_language(text::language::fr);
  EXPECT_TRUE(said(view, "sent", done)
                  .starts_with("big.bin\u00A0: arrivé sur device-b, 28,61\u00A0Mo en 0,15\u00A0s\n"));
}

TEST_F(transfer_words, one_file_is_not_spoken_of_as_several) {
  struct row {
    std::uint64_t count;
    text::language in;
    std::vector<std::string> words;
  };
  const auto en = text::language::en;
  const auto fr = text::language::fr;
  const std::vector<row> table{
      {1,
       en,
       {"1 file,", "1 file (", ") was there already and was not sent again", "1 entry was left out",
        "1 extended attribute stayed"}},
      {2,
       en,
       {"2 files,", "2 files (", ") were there already and were not sent again", "2 entries were left out",
        "2 extended attributes stayed"}},
      {1,
       fr,
       {"1 fichier,", "1 fichier (", ") y était déjà et n'a pas été renvoyé", "1 entrée laissée de côté",
        "1 attribut étendu est resté"}},
      {2,
       fr,
       {"2 fichiers,", "2 fichiers (", ") y étaient déjà et n'ont pas été renvoyés",
        "2 entrées laissées de côté", "2 attributs étendus sont restés"}},
      {0, en, {"0 files,", "0 entries were left out"}},
      {0, fr, {"0 fichier,", "0 entrée laissée de côté"}},
  };
  for (const auto& r : table) {
    text::set_language(r.in);
    auto done = outgoing(transfer_state::done);
    done.folder.emplace();
    done.folder->files = done.folder->files_done = done.folder->kept = r.count;
    done.folder->ignored = done.xattrs_left = r.count;
    transfer_view view(false);
    const auto words = said(view, "sent", done);
    for (const auto& part : r.words) EXPECT_NE(words.find(part), std::string::npos) << part << "\n" << words;
  }
}

TEST_F(transfer_words, of_several_files_one_arrived_in_the_singular_in_french) {
  text::set_language(text::language::fr);
  transfer_view view(false, 2);
  auto done = outgoing(transfer_state::done);
  (void)said(view, "sent", done);
  testing::internal::CaptureStdout();
  view.conclude();
  EXPECT_TRUE(testing::internal::GetCapturedStdout().starts_with("1 sur 2 arrivé sur device-b"));
}

TEST_F(transfer_words, a_summary_counts_only_the_time_in_which_bytes_moved) {
  using namespace std::chrono_literals;
  steady_time now{};
  transfer_view view(false, 2, [&now] { return now; });
  auto one = outgoing(transfer_state::running);
  auto other = one;
  other.transfer_id = "8";
  const auto step = [&](std::string_view type, transfer_record& record, steady_time::duration later) {
    (void)said(view, type, record);
    now += later;
  };
  step("session", one, 1s);
  step("session", other, 60s);  // somebody is asked
  step("progress", one, 4s);
  step("progress", other, 2s);  // both at once
  one.state = other.state = transfer_state::done;
  one.seconds = 6;
  step("sent", one, 2s);
  step("queued", other, 3600s);  // cut, and a night
  other.state = transfer_state::running;
  step("progress", other, 2s);
  other.state = transfer_state::done;
  step("sent", other, 5s);
  testing::internal::CaptureStdout();
  view.conclude();
  EXPECT_EQ(testing::internal::GetCapturedStdout(),
            "2 of 2 arrived at device-b: 57.22 MB in 10.00 s (5.72 MB/s)\n");
}

TEST_F(transfer_words, what_waits_or_runs_already_is_not_said_to_begin) {
  struct row {
    std::string already, en, fr;
  };
  for (const auto& r :
       {row{"queued", "big.bin: waited for device-b already (id 7)", "big.bin\u00A0: attendait"},
        row{"paused", "big.bin: waited for device-b already (id 7)", "big.bin\u00A0: attendait"},
        row{"running", "big.bin: is on its way to device-b already (id 7)", "big.bin\u00A0: déjà"},
        row{"", "big.bin: connecting to device-b\n", "big.bin\u00A0: connexion"}})
    for (const auto& [language, words] :
         {std::pair(text::language::en, r.en), std::pair(text::language::fr, r.fr)}) {
      text::set_language(language);
      auto event = wire::to_json(outgoing(transfer_state::queued)).as_object();
      if (!r.already.empty()) event["already"] = r.already;
      transfer_view view(false);
      testing::internal::CaptureStderr();
      view.show("session", event);
      EXPECT_TRUE(testing::internal::GetCapturedStderr().starts_with(words)) << words;
    }
}

TEST_F(transfer_words, every_singular_has_its_plural) {
  for (const auto& entry : command_texts()) {
    if (!entry.key.ends_with(".one")) continue;
    const auto many = entry.key.substr(0, entry.key.size() - 4);
    EXPECT_NE(text::find(many), many) << entry.key;
  }
}

TEST_F(transfer_words, a_script_reads_plain_numbers) {
  auto done = outgoing(transfer_state::done);
  done.seconds = 0.15;
  transfer_view view(true);
  const auto line = said(view, "sent", done);
  EXPECT_NE(line.find("\"seconds\":0.15,\"rate\":0}"), std::string::npos) << line;
}

TEST_F(transfer_words, an_incomplete_folder_is_summed_up_by_what_came_of_it) {
  outbox box;
  ASSERT_TRUE(box.add({.id = "7",
                       .path = "/fold",
                       .name = "fold",
                       .device_id = "device-b",
                       .folder = share::tree_figures{}})
                  .has_value());
  ASSERT_TRUE(box.begin("7", 24'000'000, 0).has_value());
  box.set_folder("7", {.files = 6, .files_done = 3, .omitted = 3, .incomplete = true});
  box.arrived("7", 12'000'000);
  box.succeed("7", "abcd", "fold");
  auto done = record_of(*box.find("7"));
  done.seconds = 2;
  EXPECT_EQ(done.done, 12'000'000U);
  transfer_view view(false);
  EXPECT_TRUE(said(view, "sent", done)
                  .starts_with("fold: arrived at device-b, 3 files, 11.44 MB in 2.00 s (5.72 MB/s)"))
      << said(view, "sent", done);
}

TEST_F(transfer_words, a_folder_that_came_incomplete_says_so_and_what_is_missing) {
  transfer_record r;
  r.transfer_id = "9";
  r.state = transfer_state::done;
  r.name = "photos";
  r.device_id = "desk";
  r.folder = share::tree_figures{.files = 1, .files_done = 1, .omitted = 3, .incomplete = true, .ignored = 1};
  r.folder->note(errc::file_unreadable, "private\x1B[2J", {});
  r.folder->note(errc::name_unsafe, "out", {});
  r.folder->note(errc::not_a_file, "pipe", {});
  transfer_view view(false);
  const auto words = said(view, "received", r);
  EXPECT_TRUE(view.incomplete());
  for (const auto* part :
       {"1 entry was left out by .meshignore", "Not sent: private\\u{1B}[2J cannot be read",
        "Left out: out leads out of the folder or has no usable name\n", "Left out: pipe is neither",
        "The folder is incomplete: what is named above did not come.\n"})
    EXPECT_NE(words.find(part), std::string::npos) << part << "\n" << words;
  r.folder->incomplete = false;
  transfer_view whole(false);
  EXPECT_EQ(said(whole, "received", r).find("incomplete"), std::string::npos);
  EXPECT_FALSE(whole.incomplete());
}

TEST_F(transfer_words, a_zip_names_what_is_not_in_it) {
  outbox box;
  ASSERT_TRUE(box.add({.id = "7", .path = "/fold", .name = "fold.zip", .device_id = "device-b", .zip = true})
                  .has_value());
  share::tree_figures left{.omitted = 2, .ignored = 3};
  left.note(errc::name_unsafe, "out", "/etc/hostname");
  left.note(errc::not_a_file, "pipe", {});
  box.leave_out("7", left);
  box.succeed("7", "abcd", "fold.zip");
  const auto kept = outbox::restore(box.serialise());
  ASSERT_TRUE(kept.has_value());
  transfer_view view(false);
  const auto words = said(view, "sent", record_of(*kept->find("7")));
  EXPECT_TRUE(words.starts_with("fold.zip: arrived at device-b, ")) << words;
  for (const auto* part : {"3 entries were left out by .meshignore",
                           "Left out: out leads out of the folder or has no usable name (/etc/hostname)",
                           "Left out: pipe is neither"})
    EXPECT_NE(words.find(part), std::string::npos) << part << "\n" << words;
  EXPECT_FALSE(view.incomplete());
  box.leave_out("7", {});
  EXPECT_FALSE(record_of(*box.find("7")).left_out.has_value()) << "the next attempt found nothing";
}

TEST_F(transfer_words, a_text_that_is_sent_is_called_one) {
  outbox_job job;
  job.name = "snippet.txt";
  job.stored = "snippet.txt";
  job.device_id = "device-b";
  job.state = job_state::done;
  job.text = true;
  const auto done = record_of(job);
  EXPECT_EQ(shown_name(done), "a text");
  transfer_view own(false);
  own.expect_text();
  transfer_view watching(false);
  struct row {
    transfer_view& view;
    std::string en, fr;
  };
  for (const auto& r : {row{own, "the text: arrived at device-b, ", "le texte"},
                        row{watching, "a text: arrived at", "un texte"}}) {
    text::set_language(text::language::en);
    const auto words = said(r.view, "sent", done);
    EXPECT_TRUE(words.starts_with(r.en)) << words;
    EXPECT_EQ(words.find("snippet"), std::string::npos) << words;
    text::set_language(text::language::fr);
    EXPECT_TRUE(said(r.view, "sent", done).starts_with(r.fr));
  }
  EXPECT_EQ(shown_name(done), "un texte");
}

TEST_F(transfer_words, a_file_that_has_a_texts_name_keeps_it) {
  auto done = outgoing(transfer_state::done);
  done.name = "snippet.txt";
  transfer_view view(false);
  view.expect_text();
  EXPECT_TRUE(said(view, "sent", done).starts_with("snippet.txt: arrived"));
  EXPECT_EQ(shown_name(done), "snippet.txt");
}

TEST_F(transfer_words, an_answer_about_a_text_does_not_name_its_file) {
  EXPECT_EQ(answered_name({{"name", "a\x1B.bin"}}, "7"), "a\\u{1B}.bin");
  EXPECT_EQ(answered_name({{"name", "snippet.txt"}, {"text", true}}, "7"), "the text");
  EXPECT_EQ(answered_name({}, "7"), "7");
}

TEST_F(transfer_words, a_state_names_why_it_stands_still_but_not_what_stopped_it_once) {
  auto running = outgoing(transfer_state::running);
  running.done = 11'000'000;
  running.code = word(errc::connection_lost);
  EXPECT_EQ(shown_state(running), "running 36%");
  auto failed = outgoing(transfer_state::failed);
  failed.code = word(errc::denied);
  EXPECT_EQ(shown_state(failed), "failed (The other side declined)");
  text::set_language(text::language::fr);
  EXPECT_EQ(shown_state(failed), "échoué (L'autre côté a refusé)");
}

}  // namespace
}  // namespace mesh::app
