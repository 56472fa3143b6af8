#include "server/db/database.hpp"

#include "core/crypto/sha256.hpp"
#include "server/db/migrations.hpp"
#include "server/db/sqlite.hpp"
#include "tests/support/test_database.hpp"

#include <filesystem>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesh::db {
namespace {

namespace fs = std::filesystem;
const auto now = from_unix_seconds(1'800'000'000);

class database_test : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "mesh-db-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    file_ = folder_ / "mesh.db";
    address_ = testing_support::test_database(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static models::user user(const std::string& name) {
    return {user_id("usr_" + name), name, "hash", now, false};
  }

  fs::path folder_;
  fs::path file_;
  std::string address_;  // of the engine under test
};

TEST_F(database_test, keeps_what_a_job_wrote_and_undoes_what_it_refused) {
  auto db = database::open(address_, now);
  ASSERT_TRUE(db) << db.error().detail;
  EXPECT_TRUE(db->write([&](auto& tx) { return tx.users().insert(user("ann")); }));
  EXPECT_TRUE(db->write([&](auto& tx) {
    tx.users().insert(user("bob"));
    return false;
  }));
  auto again = database::open(address_, now);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->read([&](auto& tx) {
    EXPECT_EQ(tx.users().find_by_name("ann")->id.str(), "usr_ann");
    EXPECT_FALSE(tx.users().find_by_name("bob"));
    return true;
  }));
}

TEST_F(database_test, commits_jobs_together_while_each_stands_or_falls_alone) {
  auto db = database::open(address_, now);
  ASSERT_TRUE(db);
  std::vector<database::work> jobs;
  jobs.emplace_back([&](auto& tx) { return tx.users().insert(user("ann")); });
  jobs.emplace_back([&](auto& tx) {
    tx.users().insert(user("bob"));
    tx.logins().insert({login_id("log_1"), user_id("usr_nobody"), {}, {}, "", "", now, now, now});
    return true;  // the foreign key is checked at once and poisons this job
  });
  jobs.emplace_back([&](auto& tx) { return tx.users().insert(user("cid")); });
  const auto outcomes = db->write(jobs);
  EXPECT_TRUE(outcomes[0]);
  EXPECT_EQ(outcomes[1].error().code, errc::database);
  EXPECT_TRUE(outcomes[2]);
  EXPECT_TRUE(db->read([&](auto& tx) {
    EXPECT_TRUE(tx.users().find_by_name("ann"));
    EXPECT_FALSE(tx.users().find_by_name("bob"));
    EXPECT_TRUE(tx.users().find_by_name("cid"));
    return true;
  }));
}

TEST_F(database_test, a_used_token_is_used_again_only_while_none_that_came_of_it_was) {
  auto db = database::open(address_, now);
  ASSERT_TRUE(db);
  const login_id login("log_1");
  EXPECT_TRUE(db->write([&](auto& tx) {
    tx.users().insert(user("ann"));
    tx.logins().insert({login, user_id("usr_ann"), {}, {}, "", "", now, now, now});
    for (const auto* hash : {"first", "second", "third"})
      tx.logins().insert_token({hash, login, {}, now + std::chrono::hours(1), {}});
    return tx.logins().mark_used("first", now);
  }));
  EXPECT_TRUE(db->write([&](auto& tx) {
    EXPECT_TRUE(tx.logins().use_again(*tx.logins().find_token("first"), now));
    EXPECT_EQ(tx.logins().find_token("first")->used_at, now);
    EXPECT_FALSE(tx.logins().mark_used("second", now)) << "it came of the first use";
    EXPECT_FALSE(tx.logins().use_again(*tx.logins().find_token("second"), now));
    tx.logins().insert_token({"fourth", login, {}, now + std::chrono::hours(1), {}});
    EXPECT_TRUE(tx.logins().mark_used("fourth", now + std::chrono::seconds(1)));
    EXPECT_FALSE(tx.logins().use_again(*tx.logins().find_token("first"), now));
    return true;
  }));
}

TEST_F(database_test, refused_jobs_of_a_group_leave_nothing_and_cost_the_others_nothing) {
  auto db = database::open(address_, now);
  ASSERT_TRUE(db);
  int runs = 0;
  const auto adding = [&](std::string name, bool keep) {
    return [&runs, name = std::move(name), keep](auto& tx) {
      ++runs;
      return tx.users().insert(user(name)) && keep;
    };
  };
  const auto looking = [](auto& tx) { return tx.users().find_by_name("nobody").has_value(); };
  std::vector<database::work> jobs;
  jobs.emplace_back(adding("ann", true));
  jobs.emplace_back(looking);
  jobs.emplace_back(adding("bob", true));
  for (const auto& outcome : db->write(jobs)) EXPECT_TRUE(outcome);
  EXPECT_EQ(runs, 2) << "a refusal that had written nothing makes nobody run again";
  jobs.clear();
  jobs.emplace_back(adding("cid", true));
  jobs.emplace_back(adding("dan", false));
  jobs.emplace_back(adding("eve", true));
  for (const auto& outcome : db->write(jobs)) EXPECT_TRUE(outcome);
  EXPECT_TRUE(db->read([&](auto& tx) {
    for (const std::string name : {"ann", "bob", "cid", "eve"})
      EXPECT_TRUE(tx.users().find_by_name(name)) << name;
    EXPECT_FALSE(tx.users().find_by_name("dan"));
    return true;
  }));
}

TEST_F(database_test, a_reader_can_neither_write_nor_see_what_is_not_committed) {
  auto db = database::open(address_, now);
  ASSERT_TRUE(db);
  EXPECT_EQ(db->read([&](auto& tx) { return tx.users().insert(user("ann")); }).error().code, errc::database);
  EXPECT_TRUE(db->write([&](auto& tx) {
    tx.users().insert(user("ann"));
    std::thread([&] {
      EXPECT_TRUE(db->read([](auto& other) {
        EXPECT_FALSE(other.users().find_by_name("ann"));
        return true;
      }));
    }).join();
    return true;
  }));
}

TEST_F(database_test, processes_that_start_together_make_one_schema) {
  std::vector<std::thread> starting;
  for (int i = 0; i < 4; ++i)
    starting.emplace_back([&] {
      const auto db = database::open(address_, now);
      EXPECT_TRUE(db) << db.error().detail;
    });
  for (auto& t : starting) t.join();
}

// Two processes write the same room: each message has a position of its own and none is missing.
TEST_F(database_test, two_processes_number_a_room_without_a_gap) {
  auto first = database::open(address_, now);
  ASSERT_TRUE(first);
  ASSERT_TRUE(first->write([&](auto& tx) {
    models::room room;
    room.id = room_id("rom_1");
    room.name = "Atelier";
    room.created_at = now;
    tx.rooms().insert(room, {});
    return tx.users().insert(user("ann"));
  }));
  constexpr int each = 40;
  const auto write = [&](database& db, const std::string& prefix) {
    for (int i = 0; i < each; ++i) {
      const auto id = prefix + std::to_string(i);
      const auto done = db.write([&](auto& tx) {
        tx.messages().append(
            {message_id("msg_" + id), room_id("rom_1"), 0, user_id("usr_ann"), "", "hello", id, now});
        return true;
      });
      EXPECT_TRUE(done) << done.error().detail;
    }
  };
  auto second = database::open(address_, now);
  ASSERT_TRUE(second);
  std::thread other([&] { write(*second, "b"); });
  write(*first, "a");
  other.join();
  ASSERT_TRUE(first->read([&](auto& tx) {
    const auto all = tx.messages().list(room_id("rom_1"), {.before = {}, .after = 0, .limit = 1000});
    EXPECT_EQ(all.size(), std::size_t{2} * each);
    for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].seq, static_cast<std::int64_t>(i) + 1);
    return true;
  }));
}

TEST_F(database_test, has_one_owner_and_any_number_of_guests) {
  auto owner = database::open(address_, now, use::owner);
  ASSERT_TRUE(owner) << owner.error().detail;
  const auto second = database::open(address_, now, use::owner);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, errc::database_in_use);
  auto guest = database::open(address_, now);
  ASSERT_TRUE(guest);
  EXPECT_TRUE(guest->write([&](auto& tx) { return tx.users().insert(user("ann")); }));
  EXPECT_TRUE(owner->write([&](auto& tx) { return tx.users().insert(user("bob")); }));
  fs::create_directory(folder_ / "other");
  EXPECT_TRUE(database::open(testing_support::test_database(folder_ / "other"), now, use::owner));
  owner = std::move(guest);
  EXPECT_TRUE(database::open(address_, now, use::owner));
}

TEST_F(database_test, acknowledged_writes_are_synced_to_disk) {
  auto connection = sqlite::open(file_, open_mode::read_write);
  ASSERT_TRUE(connection);
  EXPECT_EQ((*connection)->number("PRAGMA synchronous"), 2);  // FULL
  EXPECT_EQ((*connection)->one<std::string>("PRAGMA journal_mode"), "wal");
  EXPECT_EQ((*connection)->number("PRAGMA foreign_keys"), 1);
}

TEST_F(database_test, is_readable_by_its_owner_only) {
  const auto old = ::umask(0);
  auto db = database::open(file_, now);
  ::umask(old);
  ASSERT_TRUE(db);
  for (const auto& entry : fs::directory_iterator(folder_))
    EXPECT_EQ(fs::status(entry).permissions() & fs::perms::all,
              fs::perms::owner_read | fs::perms::owner_write)
        << entry.path();
}

TEST_F(database_test, parameters_may_come_in_any_order_and_twice) {
  auto connection = sqlite::open(file_, open_mode::read_write);
  ASSERT_TRUE(connection);
  EXPECT_EQ((*connection)->one<std::string>("SELECT $2 || $1 || $2", "a", "b"), "bab");
}

TEST_F(database_test, migrates_forward_after_making_a_copy) {
  const migration one[] = {{1, "one", "CREATE TABLE a (x BIGINT); INSERT INTO a VALUES (7);"}};
  const migration two[] = {one[0], {2, "two", "ALTER TABLE a ADD COLUMN y BIGINT;"}};
  {
    auto connection = sqlite::open(file_, open_mode::read_write);
    ASSERT_TRUE(connection);
    EXPECT_EQ(migrate(**connection, one, now).value(), 1);
    EXPECT_FALSE(fs::exists(file_.string() + ".before-migration-1"));
    const before_change copy = [&](int version) {
      return (*connection)->copy_to(file_.string() + ".before-migration-" + std::to_string(version));
    };
    EXPECT_EQ(migrate(**connection, two, now, copy).value(), 2);
    EXPECT_EQ(migrate(**connection, two, now, copy).value(), 2);
    EXPECT_EQ((*connection)->number("SELECT x FROM a WHERE y IS NULL"), 7);
  }
  const fs::path copy = file_.string() + ".before-migration-2";
  auto old = sqlite::open(copy, open_mode::read_write);
  ASSERT_TRUE(old);
  EXPECT_EQ((*old)->number("SELECT MAX(version) FROM schema_version"), 1);
  EXPECT_EQ((*old)->number("SELECT x FROM a"), 7);
  EXPECT_EQ(fs::status(copy).permissions() & fs::perms::others_read, fs::perms::none);
}

TEST_F(database_test, refuses_a_newer_or_changed_schema_and_leaves_it_alone) {
  const migration one[] = {{1, "one", "CREATE TABLE a (x BIGINT);"}};
  const migration changed[] = {{1, "one", "CREATE TABLE a (x TEXT);"}};
  const migration two[] = {one[0], {2, "two", "CREATE TABLE b (x BIGINT);"}};
  auto connection = sqlite::open(file_, open_mode::read_write);
  ASSERT_TRUE(connection);
  ASSERT_TRUE(migrate(**connection, two, now));
  EXPECT_THAT(migrate(**connection, one, now).error().detail, testing::HasSubstr("newer mesh-server"));
  (*connection)->exec("DELETE FROM schema_version WHERE version = 2");
  EXPECT_THAT(migrate(**connection, changed, now).error().detail, testing::HasSubstr("another build"));
}

TEST_F(database_test, a_step_that_fails_changes_nothing) {
  const migration one[] = {{1, "one", "CREATE TABLE a (x BIGINT);"}};
  const migration broken[] = {one[0],
                              {2, "two", "CREATE TABLE b (x BIGINT); INSERT INTO nowhere VALUES (1);"}};
  auto connection = sqlite::open(file_, open_mode::read_write);
  ASSERT_TRUE(connection);
  ASSERT_TRUE(migrate(**connection, one, now));
  EXPECT_FALSE(migrate(**connection, broken, now));
  EXPECT_EQ((*connection)->number("SELECT COUNT(*) FROM sqlite_master WHERE name = 'b'"), 0);
  EXPECT_EQ((*connection)->number("SELECT MAX(version) FROM schema_version"), 1);
}

TEST_F(database_test, says_which_file_is_not_a_database) {
  std::filesystem::create_directories(folder_);
  std::FILE* f = std::fopen(file_.c_str(), "w");
  ASSERT_NE(f, nullptr);
  for (int i = 0; i < 1000; ++i) std::fputs("not a database ", f);
  std::fclose(f);
  const auto db = database::open(file_, now);
  ASSERT_FALSE(db);
  EXPECT_EQ(db.error().code, errc::database);
  EXPECT_THAT(db.error().detail, testing::HasSubstr(file_.string()));
  EXPECT_FALSE(database::open((folder_ / "no" / "such" / "folder.db").string(), now));
}

TEST_F(database_test, sqlite_stores_messages_in_the_order_of_their_room) {
  ASSERT_TRUE(database::open(file_, now));
  auto raw = sqlite::open(file_, open_mode::read_only);
  ASSERT_TRUE(raw);
  EXPECT_EQ((*raw)->number("SELECT wr FROM pragma_table_list('messages')"), 1);
  EXPECT_FALSE((*raw)->failure());
}

// A change of a released step would strand every database that has it.
TEST(migrations, released_steps_never_change) {
  const char* const checksums[] = {"5990a850e994e82417d96477ed91e330a2a05284e05f906e78e944ffb0a6a5c4",
                                   "e6d2436519adecd14fe112acc1d02276fa286ed3ef4784264d75fae95650c6f2",
                                   "df764c8d5cede7713f2b0ac23cbfe4d7857de0e64672fd979667b48d6e8ed52e",
                                   "68392134ef4978cadfae4afe8d900e87af055913aa7bf5959e63e2ccc2a1c21c",
                                   "49bc526bec3b72ab38da2f2a7c9b2c9708e8c9b6edc55acf35b7a3a4feeb19bc"};
  ASSERT_EQ(migrations().size(), std::size(checksums));
  for (std::size_t i = 0; i < migrations().size(); ++i) {
    EXPECT_EQ(migrations()[i].version, static_cast<int>(i) + 1);
    EXPECT_EQ(crypto::sha256_hex(as_bytes(migrations()[i].sql)), checksums[i]);
  }
}

}  // namespace
}  // namespace mesh::db
