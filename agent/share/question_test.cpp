// Offers that a person has to answer, or nobody may.
#include "agent/share/transfer_fixture.hpp"

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

// What receive_request::consent is to remember, without a disk.
struct questions : transfers {
  std::map<std::string, std::uint64_t> agreed;  // size by name

  questions() {
    request.standing = {};
    request.consent = {.holds =
                           [this](const transfer_info& info) {
                             const auto at = agreed.find(info.name);
                             return at != agreed.end() && at->second == info.size;
                           },
                       .set =
                           [this](const transfer_info& info, bool yes) {
                             agreed.erase(info.name);
                             if (yes) agreed[info.name] = info.size;
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

TEST_F(questions, a_no_a_cancel_here_and_a_rule_take_the_yes_back) {
  const auto file = make_file("a.bin", random_content(1U << 20U));
  agreed["a.bin"] = 1U << 20U;
  const auto link = start(file, {.piece_bytes_max = 60'000});
  run_until_delivered(*link, 300'000);
  ASSERT_TRUE(receiver->cancel(at_receiver.started.back().number).has_value());
  loop.run();
  EXPECT_TRUE(agreed.empty());
  start(file);
  loop.run();
  ASSERT_EQ(at_receiver.questions.size(), 1U);
  agreed["a.bin"] = 1U << 20U;
  ASSERT_TRUE(receiver->answer(at_receiver.questions[0].number, false).has_value());
  loop.run();
  EXPECT_TRUE(agreed.empty());
  agreed["a.bin"] = 1U << 20U;
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
