// The database of a server, SQLite or PostgreSQL: a writing connection and reading ones, at the newest
// schema.
#pragma once
#include "core/base/error.hpp"
#include "server/db/source.hpp"
#include "server/services/store.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace mesh::db {

// write() and read() block; call them from database threads only. Writes are serialised inside; reads run
// beside them and each other.
class database {
 public:
  // Decides inside one transaction: true keeps what it wrote, false undoes it.
  using work = std::move_only_function<bool(services::transaction&)>;

  // address: a path or sqlite:PATH, made with mode 0600 when absent and copied to "FILE.before-migration-N"
  // before its schema changes; or a postgres:// URL of a database that exists. As its owner it is claimed,
  // also again after a lost connection. Errors: database, with the reason; a schema this program does not
  // know is refused; database_in_use.
  static result<database> open(const std::string& address, wall_time now, use as = use::guest);

  database(database&&) noexcept;
  database& operator=(database&&) noexcept;
  ~database();

  // Runs all jobs in order in one transaction and makes them durable together (group commit): one fsync. Each
  // job stands or falls alone. The answer holds for each job whether it ran and, if it kept anything, that it
  // is on disk. A job may run again, from the start, when another process's transaction or a lost connection
  // got in the way; so it changes nothing but its transaction and what it answers. Errors: database.
  std::vector<result<void>> write(std::span<work> jobs);
  result<void> write(work job);
  result<void> read(work job);

  // Applied migrations, newest last.
  int schema_version() const;

 private:
  struct state;
  explicit database(std::unique_ptr<state> s);
  std::unique_ptr<state> state_;
};

}  // namespace mesh::db
