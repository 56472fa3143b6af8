#include "agent/app/receive_rules.hpp"

#include "agent/app/kept_file.hpp"
#include "agent/app/receiving_rules.hpp"
#include "agent/app/rule_book.hpp"
#include "agent/os/fd.hpp"
#include "agent/os/test_dir.hpp"
#include "agent/share/arrival_mark.hpp"
#include "core/base/limits.hpp"

#include <fcntl.h>

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

using enum rule_subject;

const rule_sender ana{device_id("ana-laptop"), user_id("usr_ana"), room_id("rom_one")};

receive_rule rule(rule_subject subject, std::string id, std::optional<std::string> receive,
                  std::optional<std::string> folder = {}, std::optional<std::string> on_collision = {}) {
  return {subject, id, id, std::move(receive), std::move(folder), std::move(on_collision)};
}

TEST(receive_rules, the_more_special_one_decides_and_leaves_the_rest_to_the_others) {
  receive_rules rules;
  ASSERT_TRUE(rules.add(rule(everybody, "", "never", {}, "skip")).has_value());
  ASSERT_TRUE(rules.add(rule(room, "rom_one", "ask", "/in/room")).has_value());
  ASSERT_TRUE(rules.add(rule(device, "ana-laptop", {}, {}, "overwrite")).has_value());
  ASSERT_TRUE(rules.add(rule(user, "usr_ana", "auto")).has_value());
  auto said = rules.for_sender(ana);
  EXPECT_EQ(said.receive, "auto");
  EXPECT_EQ(said.folder, "/in/room");
  EXPECT_EQ(said.on_collision, "overwrite");
  said = rules.for_sender({device_id("x"), user_id("usr_ben"), room_id("rom_one")});
  EXPECT_EQ(said.receive, "ask");
  EXPECT_EQ(said.on_collision, "skip");
  said = rules.for_sender({device_id("x"), user_id("usr_ben"), {}});
  EXPECT_EQ(said.receive, "never");
  EXPECT_EQ(said.folder, std::nullopt);
  EXPECT_EQ(receive_rules().for_sender(ana).receive, std::nullopt);
}

TEST(receive_rules, there_is_one_for_each_subject) {
  receive_rules rules;
  ASSERT_TRUE(rules.add(rule(user, "usr_ana", "auto", "/in")).has_value());
  ASSERT_TRUE(rules.add(rule(user, "usr_ana", "never")).has_value());
  ASSERT_EQ(rules.all().size(), 1U);
  EXPECT_EQ(rules.all()[0].folder, std::nullopt);
  EXPECT_EQ(rules.remove(device, "usr_ana").error().code, errc::not_found);
  EXPECT_TRUE(rules.remove(user, "usr_ana").has_value());
  EXPECT_TRUE(rules.all().empty());
}

TEST(receive_rules, that_mean_nothing_are_refused) {
  receive_rules rules;
  for (const auto& bad : {rule(user, "usr_ana", {}), rule(user, "", "auto"), rule(everybody, "x", "auto"),
                          rule(user, "usr_ana", "sometimes"), rule(user, "usr_ana", {}, "relative"),
                          rule(user, "usr_ana", {}, {}, "delete")})
    EXPECT_EQ(rules.add(bad).error().code, errc::field_invalid);
  for (std::size_t i = 0; i < limits::receive_rules_max; ++i)
    ASSERT_TRUE(rules.add(rule(user, std::to_string(i), "auto")).has_value());
  EXPECT_EQ(rules.add(rule(user, "one-more", "auto")).error().code, errc::busy);
  EXPECT_TRUE(rules.add(rule(user, "7", "never")).has_value()) << "in the place of another";
}

receive_rule giving(rule_subject subject, std::vector<std::string> folders,
                    std::optional<std::string> key = "k1") {
  auto out = rule(subject, "ana-phone", {});
  out.allow_get = std::move(folders);
  out.key_sha256 = std::move(key);
  return out;
}

TEST(receive_rules, files_are_given_to_the_named_machine_with_its_key_only) {
  receive_rules rules;
  EXPECT_TRUE(rules.given_to(device_id("ana-phone"), "k1").empty());
  ASSERT_TRUE(rules.add(giving(device, {"/srv", "/home/ana/docs"})).has_value());
  EXPECT_EQ(rules.given_to(device_id("ana-phone"), "k1").size(), 2U);
  EXPECT_TRUE(rules.given_to(device_id("ana-phone"), "k2").empty());
  EXPECT_TRUE(rules.given_to(device_id("ana-laptop"), "k1").empty());
  EXPECT_EQ(rules.for_sender(ana).receive, std::nullopt);
}

TEST(receive_rules, that_would_give_files_to_others_are_refused) {
  receive_rules rules;
  for (const auto& bad : {giving(user, {"/srv"}), giving(room, {"/srv"}), giving(device, {"/srv"}, {}),
                          giving(device, {"srv"}), giving(device, {"/srv/../etc"}), giving(device, {""})})
    EXPECT_EQ(rules.add(bad).error().code, errc::field_invalid);
  std::vector<std::string> many;
  for (std::size_t i = 0; i <= limits::get_folders_max; ++i) many.push_back("/srv/" + std::to_string(i));
  EXPECT_EQ(rules.add(giving(device, many)).error().code, errc::busy);
}

TEST(rule_books, keep_their_rules) {
  const os::test_dir temp;
  const auto dir = os::private_dir::open(temp / "state").value();
  auto book = rule_book::open(dir).value();
  ASSERT_TRUE(book.add(rule(user, "usr_ana", "auto", "/in/ana")).has_value());
  ASSERT_TRUE(book.add(rule(everybody, "", "never")).has_value());
  const auto again = rule_book::open(dir).value();
  ASSERT_EQ(again.rules().all().size(), 2U);
  EXPECT_EQ(again.rules().for_sender(ana).receive, "auto");
  EXPECT_EQ(folders_of_rules(dir), std::vector<std::filesystem::path>{"/in/ana"});
  ASSERT_TRUE(book.remove(everybody, "").has_value());
  EXPECT_EQ(rule_book::open(dir)->rules().all().size(), 1U);
  ASSERT_TRUE(os::write_file_atomically(dir, "rules.json",
                                        as_bytes(R"({"rules":[{"subject":"user","id":"x","name":"x"}]})"))
                  .has_value());
  EXPECT_EQ(rule_book::open(dir).error().code, errc::state_unreadable);
  EXPECT_TRUE(folders_of_rules(dir).empty());
}

// -- together with the configuration and with what somebody asks for at present

struct receiving : testing::Test {
  os::test_dir temp;
  config::agent_config config;
  os::private_dir state = os::private_dir::open(temp / "state").value();
  receiving_rules now{config, state};
  p2p::session_info session;

  receiving() {
    config.download_dir = temp / "downloads";
    session.own_role = capability::role::target;
    session.claims.initiator.peer_id = user_id("usr_ana");
    session.claims.initiator.device_id = device_id("ana-laptop");
    session.claims.target.peer_id = user_id("usr_ben");
    session.claims.room_id = room_id("rom_one");
  }
  void say(std::optional<std::string> receive, std::optional<std::string> folder = {}) {
    receive_rules rules;
    ASSERT_TRUE(rules.add(rule(user, "usr_ana", std::move(receive), std::move(folder))).has_value());
    now.set_standing(std::move(rules));
  }
  std::string verdict() {
    const auto request = now.request_for(session);
    const auto judged = share::judge(request.mode, request.standing);
    return !judged                          ? std::string(word(judged.error().code))
           : *judged == share::verdict::ask ? "asks"
                                            : "takes";
  }
};

TEST_F(receiving, a_rule_wins_over_the_configuration) {
  EXPECT_EQ(verdict(), "asks");
  say("auto");
  EXPECT_EQ(verdict(), "takes");
  config.receive = config::receive_mode::never;
  EXPECT_EQ(verdict(), "takes");
  say({}, "/in");
  EXPECT_EQ(verdict(), "receive_off");
}

TEST_F(receiving, whom_a_rule_shuts_out_stays_outside_whatever_is_asked_for_at_present) {
  (void)now.begin(receive_override{.mode = config::receive_mode::auto_});
  EXPECT_EQ(verdict(), "takes");
  say("never");
  EXPECT_EQ(verdict(), "receive_off");
  say("ask");
  EXPECT_EQ(verdict(), "takes");
}

TEST_F(receiving, a_rule_can_ask_about_one_s_own_machines) {
  session.claims.target.peer_id = user_id("usr_ana");
  EXPECT_EQ(verdict(), "takes");
  say("ask");
  EXPECT_EQ(verdict(), "asks");
}

TEST_F(receiving, files_come_into_the_folder_of_the_rule_unless_somebody_names_another) {
  say("auto", (temp / "of-ana").string());
  const auto folder = [&] {
    auto sink = now.request_for(session).make_sink({}).value();
    EXPECT_TRUE(sink->open({.name = "a", .size = 1}).has_value());
    return std::filesystem::path(sink->path()).parent_path();
  };
  EXPECT_EQ(folder(), temp / "of-ana");
  const auto asked = now.begin(receive_override{.folder = temp / "asked"});
  EXPECT_EQ(folder(), temp / "asked");
  now.end(asked);
  now.set_standing({});
  EXPECT_EQ(folder(), config.download_dir);
}

TEST_F(receiving, the_newest_who_asks_decides_and_each_ends_only_what_he_asked_for) {
  EXPECT_EQ(now.in_force(), 0);
  EXPECT_EQ(verdict(), "asks");
  const auto all = now.begin(receive_override{.mode = config::receive_mode::auto_});
  const auto own = now.begin(receive_override{.mode = config::receive_mode::ask, .refuse_questions = true});
  EXPECT_EQ(verdict(), "asks");
  EXPECT_TRUE(now.refuses_questions());
  now.end(own);
  EXPECT_EQ(now.in_force(), all);
  EXPECT_EQ(verdict(), "takes");
  EXPECT_FALSE(now.refuses_questions());
  const auto third = now.begin(receive_override{.mode = config::receive_mode::ask});
  now.end(all);
  EXPECT_EQ(now.in_force(), third);
  EXPECT_EQ(verdict(), "asks");
  now.end(third);
  EXPECT_EQ(now.in_force(), 0);
}

TEST_F(receiving, what_one_began_to_take_it_goes_on_taking_until_it_ends) {
  const auto offer = [](const std::string& id) {
    share::transfer_info info;
    info.transfer_id = id;
    info.peer = {user_id("usr_ana"), device_id("ana-laptop")};
    return info;
  };
  const auto folder = [&](const std::string& id) {
    auto sink = now.request_for(session).make_sink(offer(id)).value();
    EXPECT_TRUE(sink->open({.name = "a", .size = 1}).has_value());
    return std::filesystem::path(sink->path()).parent_path();
  };
  const auto first =
      now.begin(receive_override{.mode = config::receive_mode::auto_, .folder = temp / "first"});
  EXPECT_EQ(folder("T1"), temp / "first");
  const auto second = now.begin(receive_override{
      .mode = config::receive_mode::ask, .refuse_questions = true, .folder = temp / "second"});
  EXPECT_EQ(folder("T1"), temp / "first") << "its part lies there";
  EXPECT_EQ(now.request_for(session).place_for(offer("T1"))->directory, temp / "first");
  EXPECT_EQ(now.request_for(session).agreed.of(offer("T1")), share::consent::given)
      << "the first one takes everything";
  EXPECT_EQ(now.taker_of(origin_of(offer("T1"))), first);
  auto of_another = offer("T1");
  of_another.peer.device = device_id("another");
  EXPECT_EQ(now.taker_of(origin_of(of_another)), second);
  EXPECT_EQ(now.request_for(session).agreed.of(of_another), share::consent::over);
  EXPECT_EQ(folder("T2"), temp / "second");
  EXPECT_EQ(now.request_for(session).agreed.of(offer("T2")), share::consent::over) << "the second one asks";
  now.end(first);
  EXPECT_EQ(folder("T1"), temp / "second");
  now.end(second);
  EXPECT_EQ(folder("T1"), config.download_dir);
}

TEST_F(receiving, the_yes_to_what_arrived_counts_while_it_is_here) {
  share::transfer_info info;
  info.transfer_id = "T1";
  info.peer = {user_id("usr_ana"), device_id("ana-laptop")};
  info.name = "a.txt";
  info.size = 5;
  const auto agreed = now.request_for(session).agreed;
  agreed.set(info, share::consent::given);
  EXPECT_EQ(agreed.of(info), share::consent::given);
  agreed.set(info, share::consent::arrived);
  EXPECT_EQ(agreed.of(info), share::consent::over);
  std::filesystem::create_directories(config.download_dir);
  const auto file = config.download_dir / "a (1).txt";
  os::write_content(file, "hello");
  EXPECT_EQ(agreed.of(info), share::consent::over) << "it did not come by this transfer";
  const os::unique_fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  const auto mark = share::arrival_mark("usr_ana", "ana-laptop", "T1");
  share::set_arrival_mark(fd.get(), mark);
  if (!share::has_arrival_mark(fd.get(), mark)) GTEST_SKIP() << "no extended attributes here";
  EXPECT_EQ(agreed.of(info), share::consent::arrived);
  info.size = 6;
  EXPECT_EQ(agreed.of(info), share::consent::over);
}

TEST_F(receiving, one_that_takes_no_more_goes_on_with_what_it_began) {
  share::transfer_info info;
  info.transfer_id = "T1";
  const auto before = steady_now();
  const auto older =
      now.begin(receive_override{.mode = config::receive_mode::auto_, .folder = temp / "older"});
  const auto newer = now.begin(receive_override{.refuse_questions = true, .folder = temp / "newer"});
  EXPECT_EQ(now.request_for(session).place_for(info)->directory, temp / "newer");
  now.begin_no_more(newer);
  EXPECT_EQ(now.in_force(), older);
  EXPECT_FALSE(now.refuses_questions());
  EXPECT_EQ(now.request_for(session).place_for(info)->directory, temp / "newer");
  EXPECT_EQ(now.taken_since(newer, before), std::vector{origin_of(info)});
  EXPECT_TRUE(now.taken_since(newer, steady_now() + std::chrono::seconds(1)).empty());
  info.transfer_id = "T2";
  EXPECT_EQ(now.request_for(session).place_for(info)->directory, temp / "older");
  now.begin_no_more(older);
  info.transfer_id = "T3";
  EXPECT_EQ(now.request_for(session).place_for(info)->directory, config.download_dir);
  now.end(newer);
  info.transfer_id = "T1";
  EXPECT_EQ(now.request_for(session).place_for(info)->directory, config.download_dir);
}

TEST_F(receiving, of_the_many_that_one_took_those_that_have_ended_are_forgotten) {
  now.set_expected([](const auto&, const auto&, const auto& id) { return id == "0"; });
  const auto first = now.begin(receive_override{.folder = temp / "first"});
  for (int i = 0; i < 2000; ++i) {
    share::transfer_info info;
    info.transfer_id = std::to_string(i);
    ASSERT_TRUE(now.request_for(session).make_sink(info).has_value());
  }
  const auto second = now.begin(receive_override{.folder = temp / "second"});
  EXPECT_EQ(now.taker_of({"", "", "0"}), first);
  EXPECT_EQ(now.taker_of({"", "", "1"}), second);
  EXPECT_EQ(now.taker_of({"", "", "1999"}), first);
}

}  // namespace
}  // namespace mesh::app
