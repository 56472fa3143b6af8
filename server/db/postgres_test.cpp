#include "server/db/postgres.hpp"

#include "server/db/database.hpp"
#include "server/db/reconnect.hpp"
#include "tests/support/test_database.hpp"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesh::db {
namespace {

using testing::HasSubstr;
using testing::Not;
const auto now = from_unix_seconds(1'800'000'000);

class postgres_test : public testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("MESH_TEST_POSTGRES") == nullptr)
      GTEST_SKIP() << "needs a server: tests/support/postgres.py run PROGRAM";
    address_ = testing_support::test_database("");
  }
  // Ends every other connection and waits until each is gone.
  void cut_others() {
    auto c = postgres::open(address_, open_mode::read_write);
    ASSERT_TRUE(c);
    (*c)->exec(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND "
        "application_name = 'mesh-server' AND datname = current_database()");
    EXPECT_FALSE((*c)->failure());
  }
  std::string address_;
};

TEST(postgres_address, is_known_by_its_scheme_and_read_by_libpq) {
  EXPECT_TRUE(postgres::is_address("postgres:///mesh"));
  EXPECT_TRUE(postgres::is_address("postgresql://u@h/mesh"));
  EXPECT_FALSE(postgres::is_address("/var/lib/mesh.db"));
  EXPECT_TRUE(postgres::check_address("postgres://mesh:pw@db.example.org:5433/mesh?sslmode=verify-full"));
  for (const char* wrong :
       {"postgres://mesh:hunter%zz@h/mesh", "postgres://mesh:hunter2@h/mesh?colour=red"}) {
    const auto checked = postgres::check_address(wrong);
    ASSERT_FALSE(checked) << wrong;
    EXPECT_EQ(checked.error().code, errc::config_value);
    EXPECT_THAT(checked.error().detail, Not(HasSubstr("hunter")));
  }
}

TEST(postgres_server, too_old_or_of_another_encoding_is_refused) {
  EXPECT_TRUE(postgres::check_server(150004, "UTF8"));
  EXPECT_THAT(postgres::check_server(120017, "UTF8").error().detail, HasSubstr("version 12.17"));
  EXPECT_THAT(postgres::check_server(150004, "LATIN1").error().detail, HasSubstr("LATIN1"));
}

TEST(reconnect, waits_longer_after_each_failure_and_not_at_all_after_success) {
  using namespace std::chrono_literals;
  reconnect gate;
  reconnect::time t{1h};
  EXPECT_TRUE(gate.may_try(t));
  gate.failed(t);
  EXPECT_TRUE(gate.down());
  EXPECT_FALSE(gate.may_try(t + 99ms));
  EXPECT_TRUE(gate.may_try(t + 100ms));
  for (int i = 0; i < 20; ++i) gate.failed(t);
  EXPECT_FALSE(gate.may_try(t + 4999ms));
  EXPECT_TRUE(gate.may_try(t + 5s));
  gate.succeeded();
  EXPECT_TRUE(gate.may_try(t));
  EXPECT_FALSE(gate.down());
}

TEST(postgres_server, that_is_not_there_is_named_without_the_password) {
  const auto opened = database::open("postgres://mesh:hunter2@/mesh?host=/nonexistent", now);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::database);
  EXPECT_THAT(opened.error().detail, HasSubstr("/nonexistent"));
  EXPECT_THAT(opened.error().detail, Not(HasSubstr("hunter2")));
}

TEST_F(postgres_test, parameters_may_come_in_any_order_and_twice) {
  auto c = postgres::open(address_, open_mode::read_write);
  ASSERT_TRUE(c) << c.error().detail;
  EXPECT_EQ((*c)->one<std::string>("SELECT $2 || $1 || $2", "a", "b"), "bab");
}

TEST_F(postgres_test, refuses_a_nul_instead_of_cutting_the_text) {
  auto c = postgres::open(address_, open_mode::read_write);
  ASSERT_TRUE(c);
  ASSERT_TRUE((*c)->script("CREATE TABLE a (x TEXT)"));
  (*c)->exec("INSERT INTO a (x) VALUES ($1)", std::string("a\0b", 3));
  EXPECT_TRUE((*c)->failure());
}

TEST_F(postgres_test, a_write_after_a_lost_connection_connects_again) {
  auto db = database::open(address_, now);
  ASSERT_TRUE(db);
  ASSERT_TRUE(db->read([](auto&) { return true; }));
  cut_others();
  EXPECT_TRUE(db->read([](auto& tx) { return !tx.users().find_admin(); }));
  cut_others();
  EXPECT_TRUE(
      db->write([](auto& tx) { return tx.users().insert({user_id("usr_ann"), "ann", "hash", now, false}); }));
  EXPECT_TRUE(db->read([](auto& tx) {
    EXPECT_TRUE(tx.users().find_by_name("ann"));
    return true;
  }));
}

TEST_F(postgres_test, a_connection_lost_inside_a_job_runs_the_job_once_more_from_the_start) {
  auto db = database::open(address_, now, use::owner);
  ASSERT_TRUE(db);
  int runs = 0;
  EXPECT_TRUE(db->write([&](auto& tx) {
    tx.meta().set("runs", tx.meta().get("runs").value_or("") + "x");
    if (++runs == 1) cut_others();
    return tx.users().insert({user_id("usr_ann"), "ann", "hash", now, false});
  }));
  EXPECT_EQ(runs, 2);
  EXPECT_TRUE(db->read([](auto& tx) {
    EXPECT_EQ(tx.meta().get("runs"), "x");
    EXPECT_TRUE(tx.users().find_by_name("ann"));
    return true;
  }));
}

TEST_F(postgres_test, an_owner_that_lost_its_connection_writes_only_while_nobody_took_its_place) {
  auto first = database::open(address_, now, use::owner);
  ASSERT_TRUE(first);
  const auto add = [](database& db, const std::string& name) {
    return db.write(
        [&](auto& tx) { return tx.users().insert({user_id("usr_" + name), name, "hash", now, false}); });
  };
  cut_others();
  ASSERT_TRUE(add(*first, "ann"));
  EXPECT_EQ(database::open(address_, now, use::owner).error().code, errc::database_in_use);
  cut_others();
  auto second = database::open(address_, now, use::owner);
  ASSERT_TRUE(second) << second.error().detail;
  EXPECT_EQ(add(*first, "bob").error().code, errc::database_in_use);
  EXPECT_TRUE(add(*second, "cid"));
}

// Somebody's own program writes without queueing as ours do.
TEST_F(postgres_test, a_job_that_meets_another_transaction_runs_again) {
  auto db = database::open(address_, now);
  auto other = postgres::open(address_, open_mode::read_write);
  ASSERT_TRUE(db && other);
  int runs = 0;
  EXPECT_TRUE(db->write([&](auto& tx) {
    const auto before = tx.meta().get("fact");
    if (++runs == 1) EXPECT_TRUE((*other)->script("INSERT INTO meta (key, value) VALUES ('fact', 'theirs')"));
    tx.meta().set("fact", before.value_or("") + " and ours");
    return true;
  }));
  EXPECT_EQ(runs, 2);
  EXPECT_TRUE(db->read([](auto& tx) {
    EXPECT_EQ(tx.meta().get("fact"), "theirs and ours");
    return true;
  }));
}

}  // namespace
}  // namespace mesh::db
