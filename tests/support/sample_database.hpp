// Databases with rows in every table, for tests: made from the schema itself, at any step.
#pragma once
#include "core/base/test_dir.hpp"
#include "server/db/copy.hpp"
#include "server/db/migrations.hpp"
#include "server/db/source.hpp"
#include "tests/support/test_database.hpp"

#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

namespace mesh::db {

inline void PrintTo(const table_sum& sum, std::ostream* out) {
  *out << sum.name << ": " << sum.rows << " rows, " << sum.hash;
}

}  // namespace mesh::db

namespace mesh::testing_support {

inline const auto now = from_unix_seconds(1'800'000'000);

// Fresh, over the engine under test.
inline std::string new_database(const test_dir& folder, const std::string& name) {
  std::filesystem::create_directory(folder / name);
  return test_database(folder / name);
}

// Columns whose words mean something to the store; in others any word will do.
inline const std::map<std::pair<std::string, std::string>, std::string> meaningful{
    {{"devices", "kind"}, "browser"},        {{"logins", "kind"}, "agent"},
    {{"room_members", "role"}, "owner"},     {{"invitations", "role"}, "member"},
    {{"rooms", "kind"}, "direct"},           {{"device_codes", "state"}, "approved"},
    {{"login_tokens", "purpose"}, "cookie"}, {{"p2p_sessions", "sender"}, "target"},
};

// Rows numbered from 1 in every table. Row 2 holds "été ☃ 2" in each text column and 2 in each number, so
// that every row finds the one it refers to.
inline void fill(db::connection& to, int rows) {
  const auto tables = db::tables_in_order(to);
  ASSERT_TRUE(tables) << tables.error().detail;
  ASSERT_TRUE(to.begin());
  for (const auto& t : *tables)
    for (int row = 1; row <= rows; ++row) {
      std::vector<std::string> names;
      std::vector<std::string> places;
      std::vector<db::value> values;
      for (const auto& c : t.columns) {
        const auto known = meaningful.find({t.name, c.name});
        names.push_back(c.name);
        places.push_back(fmt::format("${}", names.size()));
        if (c.name == "deleted_at")
          values.emplace_back();
        else if (!c.is_text)
          values.emplace_back(std::int64_t{row});
        else
          values.emplace_back(known == meaningful.end() ? fmt::format("été ☃ {}", row) : known->second);
      }
      to.run(fmt::format("INSERT INTO {} ({}) VALUES ({})", t.name, fmt::join(names, ", "),
                         fmt::join(places, ", ")),
             values, {});
      ASSERT_FALSE(to.failure()) << t.name << ": " << to.failure()->detail;
    }
  ASSERT_TRUE(to.commit());
}

// At the first steps only, as an older program left it, with rows.
inline void make_old(const std::string& address, int version, int rows) {
  auto opened = db::source(address).open(db::open_mode::read_write);
  ASSERT_TRUE(opened) << opened.error().detail;
  const auto at = db::migrate(**opened, db::migrations().first(static_cast<std::size_t>(version)), now);
  ASSERT_TRUE(at) << at.error().detail;
  fill(**opened, rows);
}

inline std::vector<db::table_sum> sums_of(const std::string& address) {
  auto opened = db::source(address).open(db::open_mode::read_only);
  if (!opened || !(*opened)->begin()) return {};
  return db::sum_tables(**opened).value_or(std::vector<db::table_sum>());
}

}  // namespace mesh::testing_support
