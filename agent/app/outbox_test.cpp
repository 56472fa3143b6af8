#include "agent/app/outbox_in_test.hpp"
#include "agent/share/file_sender.hpp"
#include "core/base/limits.hpp"

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

TEST(outbox, starts_jobs_in_their_order_and_a_few_at_once) {
  outbox box;
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(box.add(job(std::to_string(i))).has_value());
  ASSERT_TRUE(box.first("4").has_value());
  const steady_time t0{1h};
  EXPECT_EQ(start(box, t0), "4");
  EXPECT_EQ(start(box, t0), "0");
  EXPECT_EQ(start(box, t0), "1");
  EXPECT_EQ(start(box, t0), "");
  box.succeed("0", "hash", "name");
  EXPECT_EQ(start(box, t0), "2");
}

TEST(outbox, only_what_waits_or_runs_can_be_first) {
  outbox box;
  for (const auto* id : {"done", "failed", "paused", "queued"}) ASSERT_TRUE(box.add(job(id)).has_value());
  ASSERT_EQ(start(box, {}), "done");
  box.succeed("done", "hash", "name");
  ASSERT_TRUE(box.cancel("failed", {}).has_value());
  ASSERT_TRUE(box.pause("paused").has_value());
  for (const auto& [id, next] : {std::pair("done", "arrived"), {"failed", "retry"}, {"paused", "resume"}}) {
    const auto refused = box.first(id);
    ASSERT_FALSE(refused.has_value()) << id;
    EXPECT_EQ(refused.error().code, errc::conflict);
    EXPECT_TRUE(refused.error().detail.contains(next)) << refused.error().detail;
  }
  EXPECT_TRUE(box.first("queued").has_value());
  EXPECT_EQ(box.first("none").error().code, errc::not_found);
}

TEST(outbox, one_device_that_is_not_there_holds_up_no_other) {
  outbox box;
  for (const auto* id : {"0", "1", "2", "3"}) ASSERT_TRUE(box.add(job(id, "dead")).has_value());
  ASSERT_TRUE(box.add(job("for ben", "device-b")).has_value());
  steady_time now{1h};
  ASSERT_EQ(box.take(now)->id, "0");
  EXPECT_EQ(start(box, now), "for ben") << "one place is enough to find out";
  EXPECT_EQ(box.take(now), nullptr);
  EXPECT_EQ(box.fail("0", cut, now), (std::vector<std::string>{"1", "2", "3"}));
  for (const auto* id : {"0", "1", "2", "3"}) EXPECT_EQ(box.find(id)->code, "connection_lost") << id;
  EXPECT_EQ(box.take(now), nullptr) << "the others would find the same";
  EXPECT_EQ(*box.next_due(now) - now, limits::outbox_retry_min);
  for (int i = 1; i < 4; ++i) {
    now = *box.next_due(now);
    ASSERT_EQ(box.take(now)->id, "0") << "in their order";
    EXPECT_EQ(box.take(now), nullptr);
    EXPECT_TRUE(box.fail("0", cut, now).empty()) << "nothing new of the others";
    EXPECT_EQ(*box.next_due(now) - now, limits::outbox_retry_min * (1 << i)) << "later and later";
  }
  ASSERT_TRUE(box.add(job("4", "dead")).has_value());
  ASSERT_EQ(box.take(now)->id, "4") << "its sender wants to hear";
  EXPECT_EQ(*box.next_due(now) - now, limits::outbox_retry_min * 8);
  box.reach("4", outbox::stage::connected);
  EXPECT_EQ(start(box, now), "0") << "it is there";
  EXPECT_EQ(start(box, now), "") << "three run";
  box.succeed("4", "hash", "name");
  EXPECT_EQ(start(box, now), "1");
}

TEST(outbox, devices_that_were_not_there_come_behind_the_others) {
  outbox box;
  steady_time now{1h};
  for (int i = 0; i < 40; ++i) {
    const auto id = std::to_string(i);
    ASSERT_TRUE(box.add(job(id, "dead-" + id)).has_value());
    ASSERT_EQ(box.take(now)->id, id);
    EXPECT_TRUE(box.fail(id, cut, now).empty());
  }
  ASSERT_TRUE(box.add(job("for ben")).has_value());
  now += 1h;
  EXPECT_EQ(box.take(now)->id, "for ben");
  EXPECT_EQ(box.take(now)->id, "0");
  EXPECT_EQ(box.take(now)->id, "1");
  EXPECT_EQ(box.take(now), nullptr);
  box.fail("0", cut, now);
  box.appeared("dead-7");
  EXPECT_EQ(box.take(now)->id, "7") << "it was seen";
}

TEST(outbox, what_is_still_read_holds_up_nothing_and_takes_not_all_places) {
  outbox box;
  const steady_time now{1h};
  for (const auto* id : {"0", "1", "2", "3"}) ASSERT_TRUE(box.add(job(id)).has_value());
  ASSERT_TRUE(box.add(job("for eve", "device-e")).has_value());
  for (const auto* id : {"0", "1"}) {
    ASSERT_EQ(box.take(now)->id, id);
    box.reach(id, outbox::stage::preparing);
  }
  EXPECT_EQ(start(box, now), "for eve");
  box.succeed("for eve", "hash", "name");
  box.reach("0", outbox::stage::connecting);
  EXPECT_EQ(start(box, now), "");
  box.reach("0", outbox::stage::connected);
  EXPECT_EQ(start(box, now), "2");
}

TEST(outbox, a_receiver_that_answers_puts_off_only_what_it_answered) {
  outbox box;
  const steady_time now{1h};
  for (const auto* id : {"0", "1", "2"}) ASSERT_TRUE(box.add(job(id)).has_value());
  ASSERT_EQ(start(box, now), "0");
  EXPECT_TRUE(box.fail("0", share::peer_error("busy", "already being received"), now).empty());
  ASSERT_EQ(start(box, now), "1");
  box.agreed("1", 0);
  EXPECT_TRUE(box.fail("1", cut, now).empty());
  EXPECT_EQ(box.find("2")->code, std::nullopt);
  EXPECT_EQ(start(box, now), "2");
}

TEST(outbox, what_waits_for_a_person_holds_nobody_up) {
  outbox box;
  for (int i = 0; i < 40; ++i)
    ASSERT_TRUE(box.add(job(std::to_string(i), "device-" + std::to_string(i))).has_value());
  const steady_time t0{1h};
  for (int i = 0; i < 32; ++i) {
    const auto* started = box.take(t0);
    ASSERT_NE(started, nullptr) << i;
    box.waits_for_person(started->id);
  }
  EXPECT_EQ(box.take(t0), nullptr) << "not all at once";
  box.accepted("0");
  ASSERT_NE(box.take(t0), nullptr);
  box.fail("1", share::peer_error("denied", "no"), t0);
  box.fail("2", cut, t0);
  ASSERT_NE(box.take(t0), nullptr);
  EXPECT_EQ(box.take(t0), nullptr) << "three run";
}

TEST(outbox, keeps_the_rate_of_a_job) {
  outbox box;
  ASSERT_TRUE(box.add(job("a")).has_value());
  ASSERT_TRUE(box.limit("a", 1'000'000).has_value());
  const auto back = outbox::restore(box.serialise());
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->find("a")->limit, 1'000'000U);
  ASSERT_TRUE(box.limit("a", {}).has_value());
  EXPECT_EQ(box.find("a")->limit, std::nullopt);
  EXPECT_EQ(box.limit("b", 1).error().code, errc::not_found);
  box.succeed("a", "hash", "name");
  EXPECT_EQ(box.limit("a", 1).error().code, errc::conflict);
}

TEST(outbox, tries_again_later_and_later_until_the_peer_appears) {
  outbox box;
  ASSERT_TRUE(box.add(job("a")).has_value());
  steady_time now{1h};
  std::vector<steady_time::duration> waits;
  for (int i = 0; i < 9; ++i) {
    ASSERT_NE(box.take(now), nullptr);
    box.fail("a", cut, now);
    ASSERT_EQ(box.take(now), nullptr);
    waits.push_back(*box.next_due(now) - now);
    now = *box.next_due(now);
  }
  EXPECT_EQ(waits.front(), limits::outbox_retry_min);
  EXPECT_EQ(waits.back(), limits::outbox_retry_max);
  EXPECT_TRUE(std::ranges::is_sorted(waits));
  ASSERT_NE(box.take(now), nullptr);
  box.fail("a", cut, now);
  box.appeared("device-c");
  EXPECT_EQ(box.take(now), nullptr);
  box.appeared("device-b");
  EXPECT_NE(box.take(now), nullptr);
  box.agreed("a", 0);
  box.fail("a", cut, now);
  EXPECT_EQ(*box.next_due(now) - now, limits::outbox_retry_min) << "it got somewhere: the patience is new";
}

TEST(outbox, gives_up_what_a_person_decided) {
  for (const auto& [reason, again] :
       std::vector<std::pair<error, bool>>{{{errc::peer_offline, "", {}}, true},
                                           {{errc::server_unreachable, "", {}}, true},
                                           {{errc::canceled, "the peer ended it", {}}, true},
                                           {share::peer_error("canceled", "canceled here"), false},
                                           {share::peer_error("timed_out", "nobody answered in time"), true},
                                           {share::peer_error("connection_lost", "this agent stops"), true},
                                           {share::peer_error("busy", "already being received"), true},
                                           {share::peer_error("disk_full", "no room"), false},
                                           {{errc::session_revoked, "", {}}, false},
                                           {{errc::denied, "", {}}, false},
                                           {{errc::file_changed, "", {}}, true},
                                           {share::peer_error("file_changed", ""), false},
                                           {{errc::not_found, "", {}}, false}}) {
    outbox box;
    ASSERT_TRUE(box.add(job("a")).has_value());
    ASSERT_NE(box.take({}), nullptr);
    box.fail("a", reason, {});
    EXPECT_EQ(box.find("a")->state, again ? job_state::queued : job_state::failed) << reason.detail;
    EXPECT_EQ(box.find("a")->code, word(reason.code));
  }
}

TEST(outbox, counts_what_is_sent_twice) {
  outbox box;
  ASSERT_TRUE(box.add(job("a")).has_value());
  ASSERT_NE(box.take({}), nullptr);
  box.agreed("a", 0);
  box.moved("a", 5000);
  box.fail("a", cut, {});
  box.appeared("device-b");
  ASSERT_NE(box.take({}), nullptr);
  box.agreed("a", 4000);
  box.moved("a", 9000);
  EXPECT_EQ(box.find("a")->resent, 1000U);
  EXPECT_EQ(box.find("a")->sent, 9000U);
}

TEST(outbox, a_source_that_changed_is_sent_as_it_is_now_until_that_happens_too_often) {
  outbox box;
  ASSERT_TRUE(box.add(job("a")).has_value());
  for (std::int64_t changes = 0; changes <= 3; ++changes) {
    EXPECT_EQ(box.find("a")->state, job_state::queued) << changes;
    box.appeared("device-b");
    ASSERT_NE(box.take({}), nullptr);
    ASSERT_TRUE(box.begin("a", 100, changes).has_value());
    EXPECT_EQ(box.find("a")->mtime, changes);
    box.agreed("a", 50);
    box.fail("a", {errc::file_changed, "a changed while it was sent", {}}, {});
    EXPECT_EQ(box.find("a")->code, word(errc::file_changed));
  }
  EXPECT_EQ(box.find("a")->state, job_state::failed);
}

TEST(outbox, obeys_a_person) {
  outbox box;
  ASSERT_TRUE(box.add(job("a")).has_value());
  EXPECT_EQ(box.pause("nothing").error().code, errc::not_found);
  EXPECT_EQ(box.resume("a").error().code, errc::conflict);
  EXPECT_FALSE(box.pause("a").value()) << "it was not running";
  EXPECT_EQ(box.take({}), nullptr);
  ASSERT_TRUE(box.resume("a").has_value());
  ASSERT_NE(box.take({}), nullptr);
  EXPECT_TRUE(box.pause("a").value());
  box.fail("a", cut, {});
  EXPECT_EQ(box.find("a")->state, job_state::paused) << "the end of the stream comes after the pause";
  ASSERT_TRUE(box.resume("a").has_value());
  ASSERT_NE(box.take({}), nullptr);
  EXPECT_TRUE(box.cancel("a", steady_time{1h}).value());
  EXPECT_EQ(box.cancel("a", steady_time{1h}).error().code, errc::conflict);
  EXPECT_EQ(box.find("a")->code, "canceled");
  ASSERT_TRUE(box.retry("a").has_value());
  EXPECT_NE(box.take({}), nullptr);
  EXPECT_EQ(box.retry("a").error().code, errc::conflict);
}

TEST(outbox, keeps_what_is_offered_to_a_browser_until_that_browser_comes) {
  outbox box;
  auto offer = job("a", "chrome");
  offer.browser_key = "key";
  ASSERT_TRUE(box.add(std::move(offer)).has_value());
  ASSERT_TRUE(box.add(job("b", "chrome")).has_value());
  const steady_time t0{1h};
  EXPECT_EQ(box.take(t0)->id, "b");
  EXPECT_EQ(box.take(t0), nullptr);
  EXPECT_EQ(box.next_due(t0), std::nullopt);
  const struct {
    const char* id;
    const char* device;
    const char* key;
  } strangers[] = {
      {"a", "firefox", "key"}, {"a", "chrome", "other"}, {"b", "chrome", ""}, {"c", "chrome", "key"}};
  for (const auto& s : strangers)
    EXPECT_EQ(box.collect(s.id, s.device, s.key).error().code, errc::get_refused)
        << s.id << s.device << s.key;
  ASSERT_TRUE(box.collect("a", "chrome", "key").has_value());
  EXPECT_EQ(box.find("a")->state, job_state::running);
  // A connection that broke unseen does not stand in the way of the next one.
  ASSERT_TRUE(box.collect("a", "chrome", "key").has_value());
  box.fail("a", cut, t0);
  const auto back = outbox::restore(box.serialise());
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->find("a")->browser_key, "key");
  ASSERT_TRUE(box.collect("a", "chrome", "key").has_value());
  box.succeed("a", "hash", "name");
  EXPECT_EQ(box.collect("a", "chrome", "key").error().code, errc::get_refused);
}

TEST(outbox, is_bounded) {
  outbox box;
  for (std::size_t i = 0; i < limits::outbox_jobs_max; ++i)
    ASSERT_TRUE(box.add(job(std::to_string(i))).has_value());
  EXPECT_EQ(box.add(job("one more")).error().code, errc::busy);
  for (std::size_t i = 0; i < limits::outbox_jobs_max; ++i)
    (void)box.cancel(std::to_string(i), steady_time{1h});
  EXPECT_EQ(box.all().size(), limits::outbox_history_max);
}

}  // namespace
}  // namespace mesh::app
