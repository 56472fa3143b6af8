// One SQLite file: a writing connection and reading ones, opened at the newest schema.
#pragma once
#include "core/base/error.hpp"
#include "server/services/store.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace mesh::db {

// write() and read() block; call them from database threads only. Writes are serialised inside; reads run
// beside them and each other.
class database {
 public:
  // Decides inside one transaction: true keeps what it wrote, false undoes it.
  using work = std::move_only_function<bool(services::transaction&)>;

  // Creates the file (mode 0600) or brings its schema up to date, after copying an existing one to
  // "FILE.before-migration-N". Errors: database, with the file's name and the reason; a schema this program
  // does not know is refused.
  static result<database> open(const std::filesystem::path& file, wall_time now);

  database(database&&) noexcept;
  database& operator=(database&&) noexcept;
  ~database();

  // Runs all jobs in order in one transaction and makes them durable together (group commit): one fsync. Each
  // job stands or falls alone. The answer holds for each job whether it ran and, if it kept anything, that it
  // is on disk. Errors: database.
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
