#include "agent/app/transfer_book.hpp"

#include "agent/app/peer_choice.hpp"
#include "agent/app/short_code.hpp"
#include "agent/app/texts.hpp"

#include <variant>

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

transfer_record incoming(std::string id, transfer_state state = transfer_state::running) {
  transfer_record r;
  r.transfer_id = std::move(id);
  r.state = state;
  r.name = "film.mkv";
  r.size = 1000;
  return r;
}

TEST(transfer_book, follows_a_transfer_from_the_offer_to_its_end) {
  const steady_time t0{};
  transfer_book book;
  std::vector<std::pair<transfer_change, std::uint64_t>> heard;
  const int number =
      book.listen([&](transfer_change c, const transfer_record& r) { heard.emplace_back(c, r.done); });
  book.add(incoming("1", transfer_state::waiting), t0);
  book.progress("1", 5, 1, {}, t0);  // nothing moves before the answer
  book.start("1", t0 + 10s);
  book.progress("1", 500, 250, 2, t0 + 12s);
  book.succeed("1", "abcd", "/in/film.mkv", t0 + 14s);
  using enum transfer_change;
  EXPECT_EQ(heard, (std::vector<std::pair<transfer_change, std::uint64_t>>{
                       {offered, 0}, {started, 0}, {progressed, 500}, {ended, 1000}}));
  const auto* r = book.find("1");
  EXPECT_EQ(r->state, transfer_state::done);
  EXPECT_DOUBLE_EQ(r->seconds, 4) << "waiting for the answer is not counted";
  EXPECT_EQ(r->hash, "abcd");
  EXPECT_FALSE(r->eta_seconds);
  book.unlisten(number);
  book.add(incoming("2"), t0);
  EXPECT_EQ(heard.size(), 4U);
}

TEST(transfer_book, counts_of_an_incomplete_folder_what_came_of_it) {
  transfer_book book;
  book.add(incoming("1"), {});
  book.set_before("1", 100);
  book.succeed("1", "abcd", "/in/photos", steady_time{} + 2s, 400);
  const auto* r = book.find("1");
  EXPECT_EQ(r->size, 1000U);
  EXPECT_EQ(r->done, 400U);
  EXPECT_DOUBLE_EQ(r->rate, 150);
}

TEST(transfer_book, keeps_why_a_transfer_failed) {
  transfer_book book;
  book.add(incoming("1"), {});
  book.fail("1", {errc::disk_full, "/in: 5 GB are missing", {}}, {});
  EXPECT_EQ(book.find("1")->code, "disk_full");
  EXPECT_EQ(book.find("1")->message, "/in: 5 GB are missing");
  EXPECT_EQ(book.count(transfer_state::failed), 1U);
  book.fail("unknown", {errc::internal, {}, {}}, {});
}

TEST(transfer_book, forgets_the_oldest_ended_ones_and_never_a_running_one) {
  transfer_book book;
  book.add(incoming("running"), {});
  for (int i = 0; i < 300; ++i) {
    book.add(incoming(std::to_string(i)), {});
    book.succeed(std::to_string(i), "h", "", {});
  }
  EXPECT_NE(book.find("running"), nullptr);
  EXPECT_EQ(book.find("0"), nullptr);
  EXPECT_NE(book.find("299"), nullptr);
  EXPECT_LE(book.all().size(), transfer_book::ended_max + 2);
}

TEST(transfer_book, one_device_that_sends_without_end_pushes_out_nothing_of_another) {
  transfer_book book;
  for (int i = 0; i < 500; ++i) {
    auto record = incoming(std::to_string(i));
    record.device_id = i % 100 == 0 ? "friend" : "flood";
    book.add(std::move(record), {});
    book.fail(std::to_string(i), {errc::name_unsafe, {}, {}}, {});
  }
  for (const auto* id : {"0", "100", "200", "300", "400", "499"}) EXPECT_NE(book.find(id), nullptr) << id;
  EXPECT_LE(book.all().size(), transfer_book::ended_max + 1);
}

TEST(transfer_book, keeps_a_bounded_part_of_what_is_told_about_the_entries_of_a_folder) {
  transfer_book book;
  book.add(incoming("1"), {});
  share::tree_figures folder{.files = 200, .omitted = 100, .notes = {}};
  for (int i = 0; i < 100; ++i) folder.notes.push_back({"name_unsafe", std::string(1000, '"'), ""});
  book.set_folder("1", folder);
  EXPECT_EQ(book.find("1")->folder->notes.size(), 4U);
  EXPECT_EQ(book.find("1")->folder->omitted, 100U);
}

TEST(transfer_book, keeps_no_more_of_what_was_cut_and_never_came_again) {
  transfer_book book;
  for (int i = 0; i < 300; ++i) {
    book.add(incoming(std::to_string(i)), {});
    book.interrupt(std::to_string(i), transfer_state::queued, {errc::connection_lost, {}, {}}, {});
  }
  EXPECT_EQ(book.find("0"), nullptr);
  EXPECT_LE(book.all().size(), transfer_book::ended_max + 2);
  auto waits_to_be_sent = incoming("QMHJA2Q9", transfer_state::queued);
  waits_to_be_sent.direction = transfer_direction::out;
  EXPECT_TRUE(interrupted(*book.all().back()));
  EXPECT_FALSE(interrupted(waits_to_be_sent));
}

TEST(transfer_book, finds_a_transfer_by_the_beginning_of_its_id) {
  transfer_book book;
  for (const auto* id : {"QMHJA2Q9", "QMHJB111", "1", "12345"}) book.add(incoming(id), {});
  struct row {
    const char* wanted;
    std::variant<const char*, errc> found;
  };
  for (const auto& r : {row{"QMHJA2Q9", "QMHJA2Q9"}, row{"QMHJB", "QMHJB111"}, row{"1", "1"},
                        row{"1234", "12345"}, row{"QMHJ", errc::conflict}, row{"123", errc::not_found},
                        row{"", errc::not_found}, row{"QMHJB1112", errc::not_found}}) {
    const auto found = record_named(book.all(), r.wanted);
    if (const auto* const* id = std::get_if<const char*>(&r.found))
      EXPECT_TRUE(found && (*found)->transfer_id == *id) << r.wanted;
    else
      EXPECT_TRUE(!found && found.error().code == std::get<errc>(r.found)) << r.wanted;
  }
}

TEST(transfer_book, lets_a_listener_leave_while_it_is_told) {
  transfer_book book;
  int calls = 0;
  int number = 0;
  number = book.listen([&](transfer_change, const transfer_record&) {
    ++calls;
    book.unlisten(number);
  });
  book.add(incoming("1"), {});
  book.add(incoming("2"), {});
  EXPECT_EQ(calls, 1);
}

wire::device_info device(std::string id, std::string user, bool online, std::string name = "",
                         std::string kind = "agent") {
  wire::device_info d;
  d.device_id = device_id(std::move(id));
  d.username = std::move(user);
  d.online = online;
  d.name = name.empty() ? d.device_id.str() : std::move(name);
  d.kind = std::move(kind);
  return d;
}

TEST(peer_choice, understands_device_ids_names_and_people) {
  std::vector<wire::device_info> peers = {
      device("ana-laptop", "ana", true),      device("ben-desktop", "ben", true, "Ben's Desktop"),
      device("ben-nas", "ben", false),        device("ben-page", "ben", true, "Firefox", "browser"),
      device("carl-pc", "carl", false),       device("dan-a", "dan", true),
      device("dan-b", "dan", true),           device("ana", "eve", true),
      device("ana-nas", "ana", true),         device("fay", "fay", true),
      device("fay-b", "fay", true),           device("gus-vm", "gus", true, "vm"),
      device("hal-vm", "hal", false, "vm"),   device("gus-nas", "gus", true, "nas"),
      device("gus-old", "gus", false, "nas"), device("ana-page", "ana", true, "Chrome, Linux", "browser"),
  };
  peers.back().own = true;
  struct row {
    const char* wanted;
    const char* found;  // nullptr: an error
    errc code;
  };
  const row table[] = {
      {"ben-nas", "ben-nas", {}},
      {"ben's desktop", "ben-desktop", {}},
      {"ben", "ben-desktop", {}},  // the only agent of his that is online
      {"carl", "carl-pc", {}},     // offline, but the only one: the server will say so
      {"dan", nullptr, errc::peer_ambiguous},
      {"nobody", nullptr, errc::peer_unknown},
      {"ben-page", nullptr, errc::peer_unknown},  // a browser of somebody else
      {"ana-page", "ana-page", {}},
      {"Chrome, Linux", "ana-page", {}},
      {"", nullptr, errc::peer_unknown},
      {"fay", "fay", {}},                      // a device_id wins over a person, of the same person
      {"ana", nullptr, errc::peer_ambiguous},  // eve's machine is not the person ana
      {"vm", nullptr, errc::peer_ambiguous},   // of two people, one of them away
      {"nas", "gus-nas", {}},                  // of one, the one that is there
      {"ana-laptop", nullptr, errc::same_device},
  };
  for (const auto& r : table) {
    const auto chosen = choose_peer(peers, r.wanted, "ana-laptop");
    ASSERT_EQ(chosen.has_value(), r.found != nullptr) << r.wanted;
    if (chosen)
      EXPECT_EQ(chosen->device_id.str(), r.found);
    else
      EXPECT_EQ(chosen.error().code, r.code) << r.wanted;
  }
  const auto ambiguous = choose_peer(peers, "dan", "ana-laptop").error().detail;
  EXPECT_TRUE(ambiguous.contains("dan-a") && ambiguous.contains("dan-b")) << ambiguous;
}

TEST(short_code, is_the_same_for_both_and_another_for_others) {
  EXPECT_EQ(short_code("aa", "bb"), short_code("bb", "aa"));
  EXPECT_NE(short_code("aa", "bb"), short_code("aa", "bc"));
  EXPECT_EQ(short_code("aa", "bb").size(), 35U);
}

}  // namespace
}  // namespace mesh::app
