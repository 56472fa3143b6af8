// Offers that a person has to answer, or nobody may.
#include "agent/share/transfer_fixture.hpp"

#include <sys/xattr.h>

#include <gmock/gmock.h>

namespace mesh::share {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(transfers, a_stranger_waits_for_an_answer) {
  request.standing = {};
  start(make_file("a.txt", "hello"));
  loop.run();
  ASSERT_EQ(at_receiver.questions.size(), 1U);
  EXPECT_EQ(at_receiver.questions[0].name, "a.txt");
  EXPECT_EQ(at_receiver.questions[0].size, 5U);
  EXPECT_EQ(at_receiver.outcome(), "running");
  EXPECT_THAT(names(), IsEmpty());
  pass(2min);
  ASSERT_TRUE(receiver->answer(at_receiver.questions[0].number, true).has_value());
  EXPECT_EQ(receiver->answer(at_receiver.questions[0].number, true).error().code, errc::not_found);
  loop.run();
  EXPECT_EQ(at_sender.outcome(), "ok");
  EXPECT_THAT(names(), ElementsAre("a.txt"));
}

// What receive_request::agreed is to remember, without a disk.
struct questions : transfers {
  std::map<std::string, std::pair<std::uint64_t, consent>> agreed;  // size and yes by name

  questions() {
    request.standing = {};
    request.agreed = {.of =
                          [this](const transfer_info& info) {
                            const auto at = agreed.find(info.name);
                            return at != agreed.end() && at->second.first == info.size ? at->second.second
                                                                                       : consent::over;
                          },
                      .set =
                          [this](const transfer_info& info, consent now) {
                            const bool had = agreed.erase(info.name) > 0;
                            if (now == consent::given || (had && now == consent::arrived))
                              agreed[info.name] = {info.size, now};
                          }};
  }
};

TEST_F(questions, a_yes_holds_until_the_file_is_here) {
  const auto file = make_file("a.bin", random_content(4U << 20U));
  const auto cut = start(file, {.piece_bytes_max = 60'000});
  while (at_receiver.questions.empty()) ASSERT_TRUE(loop.step());
  ASSERT_TRUE(receiver->answer(at_receiver.questions[0].number, true).has_value());
  run_until_delivered(*cut, 1'500'000);
  cut->cut();
  loop.run();
  ASSERT_EQ(at_receiver.outcome(), "connection_lost");
  at_sender.ends.clear();
  at_receiver.ends.clear();
  start(file);
  loop.run();
  EXPECT_EQ(at_receiver.outcome(), "ok") << "nobody was asked again";
  EXPECT_EQ(at_receiver.questions.size(), 1U);
  EXPECT_GT(at_receiver.summary().before, 1'000'000U);
  start(make_file("a.bin", random_content(4U << 20U, 2)));
  loop.run();
  EXPECT_EQ(at_receiver.questions.size(), 2U) << "it has arrived: that was all that was agreed to";
}

// The sender is gone before it hears that all is here.
struct unheard : questions {
  std::string content = random_content(1U << 20U);
  std::filesystem::path file;

  void SetUp() override {
    transfer_id = "TRANSFER1";
    file = make_file("a.bin", content);
    if (::setxattr(file.c_str(), "user.mesh.test", "1", 1, 0) != 0)
      GTEST_SKIP() << "no extended attributes here";
    const auto link = start(file);
    while (at_receiver.questions.empty()) ASSERT_TRUE(loop.step());
    ASSERT_TRUE(receiver->answer(at_receiver.questions[0].number, true).has_value());
    while (at_receiver.ends.empty()) ASSERT_TRUE(loop.step());
    ASSERT_TRUE(at_sender.ends.empty());
    link->cut();
    loop.run();
    at_sender.ends.clear();
  }
};

TEST_F(unheard, it_is_confirmed_without_a_question_and_then_the_yes_is_over) {
  ASSERT_EQ(agreed.at("a.bin").second, consent::arrived);
  start(file);
  loop.run();
  EXPECT_EQ(at_sender.outcome(), "ok");
  EXPECT_EQ(at_receiver.questions.size(), 1U);
  EXPECT_THAT(names(), ElementsAre("a.bin"));
  EXPECT_TRUE(agreed.empty()) << "the sender has heard";
}

TEST_F(unheard, no_other_content_comes_by_that_yes) {
  start(make_file("a.bin", random_content(1U << 20U, 2)));
  loop.run();
  EXPECT_EQ(at_sender.outcome(), "busy") << "which is tried again";
  EXPECT_EQ(received(), (std::map<std::string, std::string>{{"a.bin", content}}));
}

TEST_F(unheard, nor_when_what_arrived_is_gone) {
  std::filesystem::remove(inbox / "a.bin");
  start(file);
  loop.run();
  EXPECT_EQ(at_sender.outcome(), "busy");
  EXPECT_EQ(at_receiver.questions.size(), 1U);
  EXPECT_TRUE(received().empty());
  EXPECT_TRUE(agreed.empty()) << "the next attempt asks";
}

TEST_F(unheard, nor_extended_attributes) {
  send_xattrs = true;
  ASSERT_EQ(::setxattr(file.c_str(), "user.more", "x", 1, 0), 0);
  start(file);
  loop.run();
  EXPECT_EQ(at_sender.outcome(), "ok");
  EXPECT_LT(::getxattr((inbox / "a.bin").c_str(), "user.more", nullptr, 0), 0);
}

TEST_F(questions, a_no_a_cancel_here_and_a_rule_take_the_yes_back) {
  const auto file = make_file("a.bin", random_content(1U << 20U));
  agreed["a.bin"] = {1U << 20U, consent::given};
  const auto link = start(file, {.piece_bytes_max = 60'000});
  run_until_delivered(*link, 300'000);
  ASSERT_TRUE(receiver->cancel(at_receiver.started.back().number).has_value());
  loop.run();
  EXPECT_TRUE(agreed.empty());
  start(file);
  loop.run();
  ASSERT_EQ(at_receiver.questions.size(), 1U);
  agreed["a.bin"] = {1U << 20U, consent::given};
  ASSERT_TRUE(receiver->answer(at_receiver.questions[0].number, false).has_value());
  loop.run();
  EXPECT_TRUE(agreed.empty());
  agreed["a.bin"] = {1U << 20U, consent::given};
  request.mode = receive_mode::never;
  at_sender.ends.clear();
  start(file);
  loop.run();
  EXPECT_EQ(at_sender.outcome(), "receive_off");
}

TEST_F(transfers, an_answer_may_be_given_inside_of_the_question) {
  request.standing = {};
  for (const bool accept : {true, false}) {
    at_sender.ends.clear();
    at_receiver.ends.clear();
    at_receiver.when_asked = [&](const transfer_info& info) {
      EXPECT_TRUE(receiver->answer(info.number, accept).has_value());
    };
    start(make_file("a.txt", "hello"));
    loop.run();
    EXPECT_EQ(at_sender.outcome(), accept ? "ok" : "denied");
    EXPECT_EQ(at_receiver.outcome(), accept ? "ok" : "denied");
  }
}

TEST_F(transfers, a_refused_file_never_touches_the_disk) {
  request.standing = {};
  start(make_file("a.txt", "hello"));
  loop.run();
  ASSERT_TRUE(receiver->answer(at_receiver.questions.at(0).number, false).has_value());
  loop.run();
  EXPECT_EQ(at_sender.outcome(), "denied");
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_TRUE(receiver->empty());
}

TEST_F(transfers, no_answer_is_a_refusal) {
  request.standing = {};
  start(make_file("a.txt", "hello"));
  loop.run();
  pass(limits::offer_answer_timeout + 1s);
  EXPECT_EQ(at_sender.outcome(), "timed_out");
  EXPECT_EQ(at_receiver.outcome(), "timed_out");
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(transfers, a_device_that_receives_nothing_says_so) {
  request.mode = receive_mode::never;
  start(make_file("a.txt", "hello"));
  loop.run();
  EXPECT_EQ(at_sender.outcome(), "receive_off");
  EXPECT_TRUE(at_sender.started.empty());
}

TEST_F(transfers, a_canceled_question_is_gone) {
  request.standing = {};
  start(make_file("a.txt", "hello"));
  loop.run();
  ASSERT_TRUE(sender->cancel(1).has_value());
  loop.run();
  EXPECT_EQ(at_receiver.outcome(), "canceled");
  EXPECT_EQ(receiver->answer(1, true).error().code, errc::not_found);
}

}  // namespace
}  // namespace mesh::share
