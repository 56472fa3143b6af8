// Where connections come from: a SQLite file or a PostgreSQL server.
#pragma once
#include "server/db/connection.hpp"

#include <memory>
#include <string>

namespace mesh::db {

// address: a path, sqlite:PATH, or a postgres:// URL.
class source {
 public:
  explicit source(std::string address);

  // Errors: database.
  result<std::unique_ptr<connection>> open(open_mode mode) const;
  // As open(read_write), with the schema brought to the newest step. Errors: database.
  result<std::unique_ptr<connection>> open_newest(wall_time now, int& version) const;

  bool is_postgres() const noexcept { return is_postgres_; }
  // For messages; never holds a password.
  const std::string& name() const noexcept { return name_; }

 private:
  std::string address_;
  bool is_postgres_;
  std::string name_;
};

}  // namespace mesh::db
