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

// Makes a copy of a database that holds data before its schema changes to the version given.
using keep_copy = std::function<result<void>(int version)>;

// Brings the database to the newest step, each in one transaction, and returns that version. Processes that
// start together wait for each other. Errors: database.
result<int> migrate(connection& db, std::span<const migration> steps, wall_time now,
                    const keep_copy& copy = {});

}  // namespace mesh::db
