// Where connections come from: a SQLite file or a PostgreSQL server.
#pragma once
#include "server/db/connection.hpp"

#include <memory>
#include <string>

namespace mesh::db {

// owner: the one server of the database, which claims it. guest: somebody who does one thing beside it.
enum class use { guest, owner };

// address: a path, sqlite:PATH, or a postgres:// URL.
class source {
 public:
  explicit source(std::string address);

  // Errors: database.
  result<std::unique_ptr<connection>> open(open_mode mode) const;
  // As open(read_write), with the schema brought to the newest step; one that holds data is claimed for that.
  // Errors: database, database_in_use.
  result<std::unique_ptr<connection>> open_newest(wall_time now, int& version, use as = use::guest) const;

  bool is_postgres() const noexcept { return is_postgres_; }
  // For messages; never holds a password.
  const std::string& name() const noexcept { return name_; }

 private:
  std::string address_;
  bool is_postgres_;
  std::string name_;
};

}  // namespace mesh::db
