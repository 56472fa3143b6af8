#include "agent/app/outbox_in_test.hpp"
#include "agent/share/file_sender.hpp"

#include <random>

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

TEST(outbox, survives_the_end_of_the_program_at_any_moment) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  outbox box;
  steady_time now{1h};
  int added = 0;
  for (int round = 0; round < 400; ++round) {
    now += 1min;
    if (random() % 3 == 0) ASSERT_TRUE(box.add(job(std::to_string(added++))).has_value());
    if (const auto* taken = box.take(now)) {
      const auto id = taken->id;
      box.agreed(id, random() % 100);
      box.moved(id, random() % 1000);
      if (random() % 2 == 0) box.fail(id, cut, now);
      if (random() % 3 == 0) box.succeed(id, "hash", "name");
    }
    if (random() % 10 != 0) continue;
    auto back = outbox::restore(box.serialise());
    ASSERT_TRUE(back.has_value());
    ASSERT_EQ(back->all().size(), box.all().size());
    for (const auto* j : back->all()) ASSERT_NE(j->state, job_state::running);
    box = std::move(*back);
  }
}

TEST(outbox, odd_bytes_in_one_job_cost_no_other) {
  outbox box;
  auto odd = job("a");
  odd.path = "/home/ana/caf\xE9";
  odd.folder.emplace().note(errc::name_unsafe, "link", "/tmp/caf\xE9");
  ASSERT_TRUE(box.add(std::move(odd)).has_value());
  ASSERT_TRUE(box.add(job("b")).has_value());
  ASSERT_NE(box.take({}), nullptr);
  box.fail("a", {errc::not_found, "caf\xE9: No such file or directory", {}}, {});
  EXPECT_EQ(box.find("a")->message, "caf\uFFFD: No such file or directory");
  const auto back = outbox::restore(box.serialise());
  ASSERT_TRUE(back.has_value()) << back.error().detail;
  EXPECT_NE(back->find("b"), nullptr);
  EXPECT_EQ(back->find("a")->folder->notes.at(0).detail, "/tmp/caf\uFFFD");
}

TEST(outbox, of_a_broken_file_is_an_error) {
  for (const auto* text : {"", "[]", "{}", "{\"jobs\":{}}", "{\"jobs\":[{\"id\":\"a"})
    EXPECT_FALSE(outbox::restore(text).has_value()) << text;
}

TEST(outbox, a_broken_job_costs_itself_only) {
  outbox box;
  for (const auto* id : {"a", "b"}) ASSERT_TRUE(box.add(job(id)).has_value());
  const auto good = box.serialise();
  const auto first = good.substr(good.find('[') + 1, good.find("},{") - good.find('['));
  for (const std::string bad : {"1", "{\"id\":1}", "{\"state\":\"flying\"}", first.c_str()}) {
    auto text = good;
    text.insert(text.rfind(']'), "," + bad);
    const auto back = outbox::restore(text);
    ASSERT_TRUE(back.has_value()) << text;
    EXPECT_EQ(back->unreadable(), 1U) << bad;
    EXPECT_EQ(back->all().size(), 2U) << bad;
  }
}

TEST(outbox, what_is_kept_is_never_too_long_to_be_read_back_and_holds_all_that_waits) {
  outbox box;
  for (int i = 0; i < 30; ++i) {
    const auto id = std::to_string(i);
    ASSERT_TRUE(box.add(job(id)).has_value());
    share::tree_figures folder;
    for (int note = 0; note < 100; ++note)
      folder.note(errc::name_unsafe, std::string(3000, '\x01'), "the target of a link is absolute");
    box.set_folder(id, std::move(folder));
    if (i % 3 == 1) ASSERT_TRUE(box.cancel(id, steady_time{1h}).has_value());
    if (i % 3 == 2) box.succeed(id, "hash", std::string(65'300, 'n'));
  }
  const auto whole = box.serialise();
  EXPECT_LT(whole.size(), 30U * 6 * 10'000) << "what others say is bounded";
  // All that waits, without notes and without anything that has ended.
  outbox waiting;
  for (int i = 0; i < 30; i += 3) {
    ASSERT_TRUE(waiting.add(job(std::to_string(i))).has_value());
    waiting.set_folder(std::to_string(i), {});
  }
  const auto least = waiting.serialise().size();
  std::size_t before = 31;
  for (const auto bytes_max : {whole.size(), whole.size() / 2, whole.size() / 5, least + 5000, least}) {
    const auto text = box.serialise(bytes_max);
    EXPECT_LE(text.size(), bytes_max);
    const auto back = outbox::restore(text);
    ASSERT_TRUE(back.has_value());
    EXPECT_LE(back->all().size(), before);
    before = back->all().size();
    for (int i = 0; i < 30; i += 3) EXPECT_NE(back->find(std::to_string(i)), nullptr) << i;
    if (before > 10) EXPECT_NE(back->find("29"), nullptr) << "the newest of what has ended stay longest";
  }
  EXPECT_EQ(before, 10U);
}

}  // namespace
}  // namespace mesh::app
