// Databases of every older schema, made from the steps themselves, under this program.
#include "server/db/database.hpp"
#include "tests/support/sample_database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesh::db {
namespace {

using namespace testing_support;
using ::testing::HasSubstr;

constexpr int rows = 3;

// Every row of every table, in words: column by column, only those columns that the tables given have.
std::vector<std::string> rows_of(connection& db, const std::vector<table>& tables) {
  std::vector<std::string> out;
  for (const auto& t : tables) {
    std::vector<std::string> names;
    for (const auto& c : t.columns) names.push_back(c.name);
    db.run(fmt::format("SELECT {} FROM {}", fmt::join(names, ", "), t.name), {}, [&](const row& r) {
      std::string line = t.name;
      for (std::size_t i = 0; i < names.size(); ++i)
        line += fmt::format(" {}={}", names[i], r.text(static_cast<int>(i)));
      out.push_back(std::move(line));
    });
  }
  std::ranges::sort(out);
  return out;
}

class upgrade_test : public ::testing::TestWithParam<int> {
 protected:
  test_dir folder_;
};

TEST_P(upgrade_test, keeps_every_value_of_an_older_database_and_the_store_reads_it) {
  const auto address = new_database(folder_, "old");
  ASSERT_NO_FATAL_FAILURE(make_old(address, GetParam(), rows));
  auto raw = source(address).open(open_mode::read_write);
  ASSERT_TRUE(raw);
  const auto tables = tables_in_order(**raw).value();
  ASSERT_GE(tables.size(), 14U);
  const auto before = rows_of(**raw, tables);
  ASSERT_EQ(before.size(), tables.size() * rows);

  auto db = database::open(address, now);
  ASSERT_TRUE(db) << db.error().detail;
  EXPECT_EQ(db->schema_version(), static_cast<int>(migrations().size()));
  raw = source(address).open(open_mode::read_write);
  ASSERT_TRUE(raw);
  EXPECT_EQ(rows_of(**raw, tables), before);
  EXPECT_FALSE((*raw)->failure());

  const std::string id = "été ☃ 2";
  EXPECT_TRUE(db->read([&](auto& tx) {
    const auto user = tx.users().find_by_name(id);
    EXPECT_TRUE(user && user->id.str() == id && user->password_hash == id);
    EXPECT_EQ(tx.logins().of_user(user_id(id)).size(), 1U);
    EXPECT_EQ(tx.logins().find_token(id)->purpose, models::login_token_purpose::cookie);
    EXPECT_EQ(tx.devices().find(device_id(id))->kind, models::device_kind::browser);
    EXPECT_EQ(tx.codes().find_device_code(id)->state, models::device_code_state::approved);
    EXPECT_EQ(tx.rooms().find(room_id(id))->name, id);
    EXPECT_EQ(tx.rooms().of_user(user_id(id)).size(), 1U);
    EXPECT_EQ(tx.messages().list(room_id(id), {.before = {}, .after = 0, .limit = 10}).at(0).text, id);
    EXPECT_EQ(tx.events().after(user_id(id), 0, 10).at(0).event, id);
    EXPECT_TRUE(tx.p2p().find(session_id(id)));
    EXPECT_EQ(tx.meta().get(id), id);
    return true;
  }));
  EXPECT_TRUE(db->write([&](auto& tx) {
    return tx.users().insert({user_id("usr_new"), "new", "hash", now, false}) &&
           tx.users().rename(user_id(id), "anna");
  }));
}

TEST_P(upgrade_test, waits_until_no_server_uses_the_older_database) {
  const auto address = new_database(folder_, "old");
  ASSERT_NO_FATAL_FAILURE(make_old(address, GetParam(), 1));
  const bool older = GetParam() < static_cast<int>(migrations().size());
  auto running = source(address).open(open_mode::read_write);
  ASSERT_TRUE(running);
  ASSERT_TRUE((*running)->claim());
  const auto beside = database::open(address, now);
  EXPECT_EQ(beside.has_value(), !older);
  if (older) EXPECT_EQ(beside.error().code, errc::database_in_use);
  running->reset();
  EXPECT_TRUE(database::open(address, now));
}

INSTANTIATE_TEST_SUITE_P(every_schema, upgrade_test,
                         ::testing::Range(1, static_cast<int>(migrations().size()) + 1),
                         [](const auto& info) { return "schema_" + std::to_string(info.param); });

TEST(schema_guard, refuses_a_newer_and_a_changed_schema_and_touches_neither) {
  struct {
    std::string change;
    std::string says;
  } const table[] = {
      {fmt::format("INSERT INTO schema_version (version, checksum, applied_at) VALUES ({}, 'x', 1)",
                   migrations().size() + 1),
       "newer mesh-server"},
      {"UPDATE schema_version SET checksum = 'x' WHERE version = 1", "another build"},
      {"DELETE FROM schema_version WHERE version = 1", "another build"},
  };
  for (const auto& [change, says] : table) {
    const test_dir folder;
    const auto address = new_database(folder, "guarded");
    ASSERT_NO_FATAL_FAILURE(make_old(address, static_cast<int>(migrations().size()), 2));
    const auto before = sums_of(address);
    auto raw = source(address).open(open_mode::read_write);
    ASSERT_TRUE(raw && (*raw)->script(change));
    const auto opened = database::open(address, now);
    ASSERT_FALSE(opened) << change;
    EXPECT_EQ(opened.error().code, errc::database);
    EXPECT_THAT(opened.error().detail, HasSubstr(says));
    EXPECT_EQ(sums_of(address), before);
  }
}

}  // namespace
}  // namespace mesh::db
