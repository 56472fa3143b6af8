#include "server/app/data_commands.hpp"

#include "core/base/test_dir.hpp"
#include "server/app/data_dir.hpp"
#include "server/db/backup_file.hpp"
#include "server/db/database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesh::app {
namespace {

namespace fs = std::filesystem;
using db::onto;

class data_commands : public ::testing::Test {
 protected:
  config::server_config settings(const std::string& name) const {
    config::server_config c;
    c.data_dir = folder_ / name;
    c.database = (c.data_dir / "mesh.db").string();
    return c;
  }
  // A server that ran once.
  config::server_config server(const std::string& name, const std::string& person) const {
    auto c = settings(name);
    EXPECT_TRUE(data_dir::open(c.data_dir)->keys());
    auto opened = db::database::open(c.database, wall_now());
    EXPECT_TRUE(opened && opened->write([&](auto& tx) {
      return tx.users().insert({user_id("usr_" + person), person, "hash", wall_now(), false});
    }));
    return c;
  }
  static bool knows(const config::server_config& c, const std::string& person) {
    auto opened = db::database::open(c.database, wall_now());
    bool found = false;
    EXPECT_TRUE(opened &&
                opened->read([&](auto& tx) { return found = tx.users().find_by_name(person).has_value(); }));
    return found;
  }
  static std::string keys(const config::server_config& c) {
    const auto stored = data_dir::stored_keys(c.data_dir);
    return stored && *stored ? std::string((*stored)->reveal()) : "none";
  }
  test_dir folder_;
  fs::path file_ = folder_ / "backup";
};

TEST_F(data_commands, a_folder_without_a_server_is_not_backed_up_and_not_made) {
  EXPECT_EQ(back_up(settings("none"), file_, onto::refuse).error().code, errc::state_unreadable);
  EXPECT_FALSE(fs::exists(folder_ / "none"));
  EXPECT_FALSE(fs::exists(file_));
}

TEST_F(data_commands, a_restore_fills_an_empty_place_and_replaces_another_server_only_when_told) {
  const auto ana = server("ana", "ana");
  const auto ben = server("ben", "ben");
  ASSERT_TRUE(back_up(ana, file_, onto::refuse));
  const auto fresh = settings("fresh");
  ASSERT_TRUE(restore(fresh, file_, onto::refuse));
  EXPECT_TRUE(knows(fresh, "ana"));
  EXPECT_EQ(keys(fresh), keys(ana));

  const auto keys_of_ben = keys(ben);
  EXPECT_EQ(restore(ben, file_, onto::refuse).error().code, errc::database_not_empty);
  EXPECT_EQ(keys(ben), keys_of_ben);
  EXPECT_TRUE(knows(ben, "ben"));
  ASSERT_TRUE(restore(ben, file_, onto::replace));
  EXPECT_EQ(keys(ben), keys(ana));
  EXPECT_TRUE(knows(ben, "ana"));
  EXPECT_FALSE(knows(ben, "ben"));
}

TEST_F(data_commands, rows_that_are_there_keep_the_keys_out_too) {
  const auto ana = server("ana", "ana");
  const auto ben = server("ben", "ben");
  ASSERT_TRUE(back_up(ana, file_, onto::refuse));
  fs::remove(ben.data_dir / "keys");
  EXPECT_EQ(restore(ben, file_, onto::refuse).error().code, errc::database_not_empty);
  EXPECT_EQ(keys(ben), "none");
}

TEST_F(data_commands, a_backup_without_usable_keys_writes_nothing) {
  const auto ana = server("ana", "ana");
  {
    const auto from = db::source(ana.database).open(db::open_mode::read_only);
    ASSERT_TRUE(from);
    ASSERT_TRUE(db::backup_file::write(**from, file_, {wall_now(), "1", secret("no keys")}, onto::refuse));
  }
  const auto fresh = settings("fresh");
  const auto refused = restore(fresh, file_, onto::refuse);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::backup_invalid);
  EXPECT_FALSE(fs::exists(fresh.data_dir));
}

TEST_F(data_commands, a_move_names_what_it_cannot_read) {
  const auto ana = server("ana", "ana");
  const auto to = (folder_ / "to.db").string();
  EXPECT_EQ(move_database(ana, (folder_ / "typo.db").string(), to).error().code, errc::database);
  EXPECT_FALSE(fs::exists(folder_ / "typo.db"));
  EXPECT_EQ(move_database(ana, "postgres://a@h/b?colour=red", to).error().code, errc::config_value);
  EXPECT_TRUE(move_database(ana, ana.database, to));
  EXPECT_EQ(move_database(ana, ana.database, to).error().code, errc::database_not_empty);
  EXPECT_EQ(move_database(ana, ana.database, ana.database).error().code, errc::database_in_use);
}

}  // namespace
}  // namespace mesh::app
