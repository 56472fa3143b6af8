#include "server/db/copy.hpp"

#include "server/db/database.hpp"
#include "tests/support/sample_database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesh::db {
namespace {

using namespace testing_support;

const int newest = static_cast<int>(migrations().size());

class copy_test : public ::testing::Test {
 protected:
  result<std::vector<table_sum>> copy(const std::string& from, const std::string& to,
                                      const copy_options& options = {}) {
    const auto source_side = source(from).open(open_mode::read_only);
    const auto target_side = source(to).open(open_mode::read_write);
    if (!source_side || !target_side) return fail(errc::internal, "a side does not open");
    return copy_database(**source_side, **target_side, now, options);
  }
  test_dir folder_;
};

TEST_F(copy_test, carries_every_row_of_every_schema_to_the_other_engine_and_back) {
  for (int version = 1; version <= newest; ++version) {
    const auto name = std::to_string(version);
    const auto here = new_database(folder_, "here" + name);
    const auto file = (folder_ / ("between" + name)).string();
    const auto back = new_database(folder_, "back" + name);
    ASSERT_NO_FATAL_FAILURE(make_old(here, version, 120));
    const auto sent = copy(here, file);
    ASSERT_TRUE(sent) << sent.error().detail;
    ASSERT_TRUE(copy(file, back));
    EXPECT_EQ(sums_of(here), *sent);
    EXPECT_EQ(sums_of(back), *sent);
    for (const auto& table : *sent) EXPECT_EQ(table.rows, 120) << table.name;
    const auto opened = database::open(back, now);
    EXPECT_TRUE(opened) << opened.error().detail;
  }
}

TEST_F(copy_test, sums_differ_with_a_single_letter) {
  const auto here = new_database(folder_, "here");
  ASSERT_NO_FATAL_FAILURE(make_old(here, newest, 3));
  const auto before = sums_of(here);
  auto raw = source(here).open(open_mode::read_write);
  ASSERT_TRUE(raw);
  for (const auto* change : {"UPDATE messages SET text = text || 'x' WHERE seq = 2",
                             "UPDATE messages SET created_at = created_at + 1 WHERE seq = 2",
                             "UPDATE users SET deleted_at = 5 WHERE event_seq = 1"}) {
    ASSERT_TRUE((*raw)->script("BEGIN"));
    ASSERT_TRUE((*raw)->script(change));
    EXPECT_NE(sum_tables(**raw).value(), before) << change;
    ASSERT_TRUE((*raw)->script("ROLLBACK"));
  }
  EXPECT_EQ(sums_of(here), before);
}

TEST_F(copy_test, refuses_a_target_that_holds_data_unless_told_to_replace_it) {
  const auto here = new_database(folder_, "here");
  const auto full = new_database(folder_, "full");
  ASSERT_NO_FATAL_FAILURE(make_old(here, newest, 2));
  ASSERT_NO_FATAL_FAILURE(make_old(full, newest, 5));
  const auto before = sums_of(full);
  EXPECT_EQ(copy(here, full).error().code, errc::database_not_empty);
  EXPECT_EQ(sums_of(full), before);
  EXPECT_TRUE(copy(here, full, {.existing = onto::replace}));
  EXPECT_EQ(sums_of(full), sums_of(here));
}

TEST_F(copy_test, leaves_tables_of_others_alone) {
  const auto here = new_database(folder_, "here");
  const auto foreign = new_database(folder_, "foreign");
  ASSERT_NO_FATAL_FAILURE(make_old(here, newest, 2));
  auto raw = source(foreign).open(open_mode::read_write);
  ASSERT_TRUE(raw && (*raw)->script("CREATE TABLE users (name TEXT)"));
  for (const auto existing : {onto::refuse, onto::replace})
    EXPECT_EQ(copy(here, foreign, {.existing = existing}).error().code, errc::database_not_empty);
  EXPECT_EQ((*raw)->tables().size(), 1U);
}

TEST_F(copy_test, nothing_arrives_when_the_last_step_calls_it_off) {
  const auto here = new_database(folder_, "here");
  const auto full = new_database(folder_, "full");
  ASSERT_NO_FATAL_FAILURE(make_old(here, newest, 2));
  ASSERT_NO_FATAL_FAILURE(make_old(full, newest, 5));
  const auto before = sums_of(full);
  const auto done = copy(here, full, {.existing = onto::replace, .before_commit = []() -> result<void> {
                                        return fail(errc::write_failed, "keys");
                                      }});
  EXPECT_EQ(done.error().code, errc::write_failed);
  EXPECT_EQ(sums_of(full), before);
}

TEST_F(copy_test, rows_that_arrive_different_are_noticed_and_do_not_stay) {
  const auto here = new_database(folder_, "here");
  ASSERT_NO_FATAL_FAILURE(make_old(here, newest, 3));
  const auto there = (folder_ / "there").string();
  ASSERT_TRUE(database::open(there, now));
  auto raw = source(there).open(open_mode::read_write);
  ASSERT_TRUE(raw && (*raw)->script("CREATE TRIGGER forger AFTER INSERT ON messages WHEN NEW.seq = 2 BEGIN "
                                    "UPDATE messages SET text = 'forged' WHERE id = NEW.id; END"));
  const auto done = copy(here, there);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, errc::database);
  EXPECT_THAT(done.error().detail, ::testing::HasSubstr("table messages arrived different"));
  for (const auto& table : sums_of(there)) EXPECT_EQ(table.rows, 0) << table.name;
}

TEST_F(copy_test, says_what_cannot_be_copied) {
  const auto empty = new_database(folder_, "empty");
  ASSERT_TRUE(source(empty).open(open_mode::read_write));
  const auto nothing = copy(empty, new_database(folder_, "to"));
  ASSERT_FALSE(nothing);
  EXPECT_THAT(nothing.error().detail, ::testing::HasSubstr("no data of mesh-server"));

  const auto old = new_database(folder_, "old");
  const auto upgraded = new_database(folder_, "upgraded");
  ASSERT_NO_FATAL_FAILURE(make_old(old, 1, 1));
  ASSERT_TRUE(database::open(upgraded, now));
  const auto older = copy(old, upgraded);
  ASSERT_FALSE(older);
  EXPECT_THAT(older.error().detail, ::testing::HasSubstr("without tables"));
}

TEST_F(copy_test, takes_one_moment_of_a_database_that_goes_on_changing) {
  const auto here = new_database(folder_, "here");
  auto running = database::open(here, now, use::owner);
  ASSERT_TRUE(running);
  models::room room;
  room.id = room_id("rom_1");
  room.name = "Atelier";
  room.created_at = now;
  ASSERT_TRUE(running->write([&](auto& tx) {
    tx.rooms().insert(room, {});
    return tx.users().insert({user_id("usr_ann"), "ann", "hash", now, false});
  }));
  int written = 0;
  const auto write_one = [&] {
    const auto id = std::to_string(++written);
    EXPECT_TRUE(running->write([&](auto& tx) {
      tx.messages().append({message_id("msg_" + id), room.id, 0, user_id("usr_ann"), "", "hello", id, now});
      return true;
    }));
  };
  for (int i = 0; i < 10; ++i) write_one();
  const auto there = (folder_ / "there").string();
  // After each table that is read another message is written.
  ASSERT_TRUE(copy(here, there, {.progress = [&](const table_sum&) { write_one(); }}));
  EXPECT_GT(written, 20);
  auto copied = database::open(there, now);
  ASSERT_TRUE(copied);
  EXPECT_TRUE(copied->read([&](auto& tx) {
    EXPECT_EQ(tx.rooms().find(room.id)->last_seq, 10);
    EXPECT_EQ(tx.messages().list(room.id, {.before = {}, .after = 0, .limit = 100}).size(), 10U);
    return true;
  }));
}

}  // namespace
}  // namespace mesh::db
