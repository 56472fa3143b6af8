#include "core/base/clock.hpp"
#include "core/io/channel.hpp"
#include "core/io/condition.hpp"
#include "core/io/deadline.hpp"
#include "core/io/loop.hpp"
#include "core/io/pool.hpp"
#include "core/io/task_group.hpp"

#include <atomic>
#include <latch>
#include <memory>
#include <sys/resource.h>

#include <gtest/gtest.h>

namespace mesh::io {
namespace {

using namespace std::chrono_literals;

task<int> number(int value) {
  co_return value;
}
task<result<int>> refused() {
  co_return fail(errc::denied, "no");
}
task<> forever(bool& unwound) {
  struct guard {
    bool& flag;
    ~guard() { flag = true; }
  } const mark{unwound};
  co_await sleep_for(1h);
}

TEST(loop, runs_a_task_to_its_value) {
  loop l;
  EXPECT_EQ(l.run(number(7)), 7);
  EXPECT_EQ(l.run(refused()).error().code, errc::denied);
  EXPECT_THROW(l.run([]() -> task<> {
    throw std::runtime_error("x");
    co_return;
  }()),
               std::runtime_error);
}

TEST(deadline, passes_the_outcome_of_work_that_is_in_time) {
  loop l;
  EXPECT_EQ(l.run(with_deadline(number(3), 1h)), 3);
  EXPECT_EQ(l.run(with_deadline(refused(), 1h)).error().code, errc::denied);
  EXPECT_TRUE(l.run(with_deadline(yield(), 1h)));
  EXPECT_EQ(**l.run(with_deadline(
                []() -> task<std::unique_ptr<int>> { co_return std::make_unique<int>(5); }(), 1h)),
            5);
}

TEST(deadline, cuts_work_that_is_late_and_waits_for_it_to_unwind) {
  loop l;
  bool unwound = false;
  EXPECT_EQ(l.run(with_deadline(forever(unwound), 1ms)).error().code, errc::timed_out);
  EXPECT_TRUE(unwound);
}

TEST(deadline, names_itself_when_cut_work_reports_an_error) {
  loop l;
  const auto swallowing = []() -> task<result<int>> {
    try {
      co_await sleep_for(1h);
    } catch (const std::exception&) {
    }
    co_return fail(errc::connection_lost, "cut");
  };
  EXPECT_EQ(l.run(with_deadline(swallowing(), 1ms)).error().code, errc::timed_out);
}

TEST(deadline, passes_exceptions_on) {
  loop l;
  const auto thrower = []() -> task<int> {
    co_await yield();
    throw std::runtime_error("x");
  };
  EXPECT_THROW(l.run(with_deadline(thrower(), 1h)), std::runtime_error);
}

TEST(task_group, cancels_through_a_deadline_and_joins) {
  loop l;
  bool unwound = false;
  bool reached = false;
  task_group group(l.get_executor(), "test");
  group.spawn("sleeping", [](bool& u, bool& r) -> task<> {
    auto late = co_await with_deadline(forever(u), 1h);
    r = true;
  }(unwound, reached));
  l.run([](task_group& g) -> task<> {
    co_await yield();
    EXPECT_EQ(g.size(), 1U);
    co_await g.stop();
  }(group));
  EXPECT_EQ(group.size(), 0U);
  EXPECT_TRUE(unwound);
  EXPECT_FALSE(reached);
  group.spawn("too late", forever(reached));
  EXPECT_EQ(group.size(), 0U);
}

TEST(task_group, survives_a_task_that_throws) {
  loop l;
  task_group group(l.get_executor(), "test");
  group.spawn("failing", []() -> task<> {
    co_await yield();
    throw std::runtime_error("expected in this test");
  }());
  l.run(group.join());
  EXPECT_EQ(group.size(), 0U);
}

TEST(condition, wakes_every_waiter_and_keeps_nothing) {
  loop l;
  condition changed(l.get_executor());
  int woken = 0;
  task_group group(l.get_executor(), "test");
  for (int i = 0; i < 2; ++i)
    group.spawn("waiting", [](condition& c, int& n) -> task<> {
      co_await c.wait();
      ++n;
    }(changed, woken));
  changed.notify();
  l.run([](condition& c, int& n, task_group& g) -> task<> {
    for (int i = 0; i < 10; ++i) co_await yield();
    EXPECT_EQ(n, 0);
    c.notify();
    co_await g.join();
    EXPECT_EQ(n, 2);
    EXPECT_FALSE(co_await c.wait_for(1ms));
  }(changed, woken, group));
}

TEST(channel, is_bounded_and_keeps_the_order) {
  loop l;
  channel<int> numbers(l.get_executor(), 2);
  EXPECT_TRUE(numbers.try_send(1));
  EXPECT_TRUE(numbers.try_send(2));
  EXPECT_FALSE(numbers.try_send(3));
  task_group group(l.get_executor(), "test");
  group.spawn("sending", [](channel<int>& to) -> task<> {
    EXPECT_TRUE(co_await to.send(3));
    to.close({errc::canceled, "over", {}});
    EXPECT_FALSE(co_await to.send(4));
  }(numbers));
  l.run([](channel<int>& from, task_group& g) -> task<> {
    for (int wanted = 1; wanted <= 3; ++wanted) {
      auto got = co_await from.receive();
      EXPECT_EQ(got, wanted);
    }
    auto end = co_await from.receive();
    EXPECT_EQ(end.error().code, errc::canceled);
    co_await g.join();
  }(numbers, group));
}

TEST(pool, runs_jobs_on_its_threads_and_answers_on_the_loop) {
  loop l;
  pool workers("test", 2, 8);
  l.run([](pool& p) -> task<> {
    const auto here = std::this_thread::get_id();
    auto there = co_await p.run([] { return std::this_thread::get_id(); });
    EXPECT_TRUE(there && *there != here);
    EXPECT_TRUE(std::this_thread::get_id() == here);
    auto error = co_await p.run([]() -> result<int> { return fail(errc::denied); });
    EXPECT_EQ(error.error().code, errc::denied);
    auto nothing = co_await p.run([] {});
    EXPECT_TRUE(nothing);
    auto thrown = co_await p.run([]() -> int { throw std::runtime_error("expected in this test"); });
    EXPECT_EQ(thrown.error().code, errc::internal);
  }(workers));
}

TEST(pool, gives_way_when_in_the_background) {
  loop l;
  pool usual("usual", 1, 1);
  pool patient("patient", 1, 1, pool_priority::background);
  const auto niceness = [] { return ::getpriority(PRIO_PROCESS, 0); };
  const auto here = niceness();
  EXPECT_EQ(l.run(usual.run(niceness)).value_or(-100), here);
  EXPECT_GT(l.run(patient.run(niceness)).value_or(-100), here);
  EXPECT_EQ(niceness(), here) << "other threads are as before";
}

TEST(pool, is_busy_when_its_queue_is_full) {
  loop l;
  pool workers("test", 1, 1);
  std::latch release(1);
  task_group group(l.get_executor(), "test");
  int finished = 0;
  for (int i = 0; i < 2; ++i)
    group.spawn("working", [](pool& p, std::latch& go, int& n) -> task<> {
      auto done = co_await p.run([&go] { go.wait(); });
      EXPECT_TRUE(done);
      ++n;
    }(workers, release, finished));
  l.run([](pool& p, std::latch& go, task_group& g) -> task<> {
    co_await yield();
    co_await yield();
    auto third = co_await p.run([] {});
    EXPECT_EQ(third.error().code, errc::busy);
    EXPECT_FALSE(p.submit([] {}));
    go.count_down();
    co_await g.join();
    auto fourth = co_await p.run([] {});
    EXPECT_TRUE(fourth);
  }(workers, release, group));
  EXPECT_EQ(finished, 2);
}

TEST(pool, does_not_begin_what_waited_too_long) {
  loop l;
  static constexpr auto wait_max = std::chrono::milliseconds(1);
  pool workers("test", 1, 4, pool_priority::normal, wait_max);
  std::latch release(1);
  task_group group(l.get_executor(), "test");
  bool begun = false;
  EXPECT_TRUE(workers.submit([&release] { release.wait(); }));
  group.spawn("waiting", [](pool& p, bool& ran) -> task<> {
    const auto late = co_await p.run([&ran] { ran = true; });
    EXPECT_EQ(late.error().code, errc::busy);
  }(workers, begun));
  l.run([](std::latch& go, task_group& g) -> task<> {
    co_await yield();
    co_await yield();
    for (const auto until = steady_now() + 2 * wait_max; steady_now() < until;) co_await yield();
    go.count_down();
    co_await g.join();
  }(release, group));
  EXPECT_FALSE(begun);
}

TEST(pool, finishes_what_is_queued_and_refuses_the_rest_when_stopped) {
  loop l;
  pool workers("test", 1, 100);
  std::atomic<int> ran = 0;
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(workers.submit([&ran] { ++ran; }));
  workers.stop();
  EXPECT_EQ(ran, 50);
  EXPECT_FALSE(workers.submit([&ran] { ++ran; }));
  EXPECT_EQ(l.run(workers.run([] {})).error().code, errc::canceled);
}

TEST(pool, a_canceled_task_still_waits_for_its_job) {
  loop l;
  pool workers("test", 1, 1);
  std::latch release(1);
  bool ended = false;
  task_group group(l.get_executor(), "test");
  group.spawn("working", [](pool& p, std::latch& go, bool& e) -> task<> {
    std::string owned = "in the frame";
    co_await p.run([&] {
      go.wait();
      owned += " still";
      e = true;
    });
  }(workers, release, ended));
  l.run([](std::latch& go, task_group& g, bool& e) -> task<> {
    co_await yield();
    co_await yield();
    g.cancel();
    co_await yield();
    EXPECT_FALSE(e);
    go.count_down();
    co_await g.join();
    EXPECT_TRUE(e);
  }(release, group, ended));
}

}  // namespace
}  // namespace mesh::io
