// The schema, as numbered steps that only go forward. Each carries a checksum: a step that changed after it
// was applied somewhere is refused, and so is a database from a newer program.
#pragma once
#include "core/base/clock.hpp"
#include "server/db/sqlite.hpp"

#include <filesystem>
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

// Brings the database to the newest step, each in one transaction, and returns that version. A database that
// holds data is copied first, to "FILE.before-migration-N". Errors: database.
result<int> migrate(sqlite& db, const std::filesystem::path& file, std::span<const migration> steps,
                    wall_time now);

}  // namespace mesh::db
