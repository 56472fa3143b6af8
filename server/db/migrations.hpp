// The schema, as numbered steps that only go forward. Each carries a checksum: a step that changed after it
// was applied somewhere is refused, and so is a database from a newer program.
#pragma once
#include "core/base/clock.hpp"
#include "server/db/connection.hpp"

#include <functional>
#include <span>
#include <string_view>

namespace mesh::db {

// version counts from 1 without gaps.
struct migration {
  int version = 0;
  std::string_view name;
  std::string_view sql;
};

// The steps of this program, oldest first.
std::span<const migration> migrations();

// The table in which a database says which steps it has.
inline constexpr std::string_view schema_record = "schema_version";

// Runs before the schema of a database that holds data changes to the version given: to keep others out, to
// make a copy.
using before_change = std::function<result<void>(int version)>;

// How many of the steps the database has; 0 also without any table of ours. Changes nothing. Errors:
// database, for steps that these are not.
result<int> schema_of(connection& db, std::span<const migration> steps);

// Brings the database to the newest step, each in one transaction, and returns that version. Processes that
// start together wait for each other. Errors: database.
result<int> migrate(connection& db, std::span<const migration> steps, wall_time now,
                    const before_change& before = {});

}  // namespace mesh::db
