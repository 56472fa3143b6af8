// All of one database into another, and proof that it arrived.
#pragma once
#include "core/base/clock.hpp"
#include "server/db/connection.hpp"

#include <functional>
#include <string>
#include <vector>

namespace mesh::db {

// What a table holds: equal sums mean equal rows, in whatever order. hash: 64 hex digits over every column of
// every row.
struct table_sum {
  std::string name;
  std::int64_t rows = 0;
  std::string hash;

  bool operator==(const table_sum&) const = default;
};

// What to do with the rows a target holds.
enum class onto { refuse, replace };

// The table in which a backup says what it is; never copied.
inline constexpr std::string_view backup_record = "backup_label";

struct copy_options {
  onto existing = onto::refuse;
  std::function<void(const table_sum&)> progress;  // told of each table once it is read
  std::function<result<void>()> before_commit;     // the last thing that may call it off
};

// Every table that holds data, after those it refers to. Errors: database.
result<std::vector<table>> tables_in_order(connection& c);

// Of every table, by name; inside the connection's transaction. Errors: database.
result<std::vector<table_sum>> sum_tables(connection& of);

// Brings to's schema to the step that from has and copies every row, in one transaction on both sides: what
// from holds at one moment, which others may go on changing. Everything is read back and compared before it
// counts; until then nothing changes but an empty schema. Answers the sums by name. Errors: database,
// database_not_empty.
result<std::vector<table_sum>> copy_database(connection& from, connection& to, wall_time now,
                                             const copy_options& options);

}  // namespace mesh::db
