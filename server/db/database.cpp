#include "server/db/database.hpp"

#include "server/db/migrations.hpp"
#include "server/db/sql_transaction.hpp"
#include "server/db/sqlite.hpp"

#include <mutex>

#include <fmt/format.h>

namespace mesh::db {
namespace {

// A writing connection and the tables over it.
struct session {
  explicit session(std::unique_ptr<sqlite> c) : connection(std::move(c)), tables(*connection) {}
  std::unique_ptr<sqlite> connection;
  sql_transaction tables;
};

// Runs one job between savepoints. What it kept is durable only after the outer COMMIT.
result<void> run_in_savepoint(session& s, database::work& job) {
  if (auto begun = s.connection->script("SAVEPOINT job"); !begun) return begun;
  const bool keep = job(s.tables);
  result<void> outcome;
  if (const auto& failure = s.connection->failure()) outcome = std::unexpected(*failure);
  s.connection->clear_failure();
  if (!s.connection->in_transaction())
    return fail(errc::database, "the database undid the whole transaction");
  if (outcome && keep) return s.connection->script("RELEASE job");
  if (auto undone = s.connection->script("ROLLBACK TO job; RELEASE job"); !undone) return undone;
  return outcome;
}

void give_up(session& s, std::span<result<void>> outcomes, const error& why) {
  for (auto& outcome : outcomes)
    if (outcome) outcome = std::unexpected(why);
  if (s.connection->in_transaction()) static_cast<void>(s.connection->script("ROLLBACK"));
}

}  // namespace

struct database::state {
  std::filesystem::path file;
  int version = 0;
  std::mutex write_mutex;
  std::unique_ptr<session> writer;
  std::mutex idle_mutex;
  std::vector<std::unique_ptr<session>> idle_readers;

  result<std::unique_ptr<session>> take_reader() {
    {
      const std::lock_guard lock(idle_mutex);
      if (!idle_readers.empty()) {
        auto taken = std::move(idle_readers.back());
        idle_readers.pop_back();
        return taken;
      }
    }
    auto opened = sqlite::open(file, open_mode::read_only);
    if (!opened) return std::unexpected(opened.error());
    return std::make_unique<session>(std::move(*opened));
  }
  void give_reader_back(std::unique_ptr<session> reader) {
    const std::lock_guard lock(idle_mutex);
    idle_readers.push_back(std::move(reader));
  }
};

database::database(std::unique_ptr<state> s) : state_(std::move(s)) {}
database::database(database&&) noexcept = default;
database& database::operator=(database&&) noexcept = default;
database::~database() = default;

result<database> database::open(const std::filesystem::path& file, wall_time now) {
  auto opened = sqlite::open(file, open_mode::read_write);
  if (!opened) return std::unexpected(opened.error());
  const auto version = migrate(**opened, file, migrations(), now);
  if (!version) return fail(errc::database, fmt::format("{}: {}", file.string(), version.error().detail));
  auto s = std::make_unique<state>();
  s->file = file;
  s->version = *version;
  s->writer = std::make_unique<session>(std::move(*opened));
  return database(std::move(s));
}

std::vector<result<void>> database::write(std::span<work> jobs) {
  std::vector<result<void>> outcomes(jobs.size());
  const std::lock_guard lock(state_->write_mutex);
  auto& writer = *state_->writer;
  if (auto begun = writer.connection->script("BEGIN IMMEDIATE"); !begun) {
    give_up(writer, outcomes, begun.error());
    return outcomes;
  }
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    outcomes[i] = run_in_savepoint(writer, jobs[i]);
    if (writer.connection->in_transaction()) continue;
    give_up(writer, outcomes, {errc::database, "the database undid the whole transaction", {}});
    return outcomes;
  }
  if (auto committed = writer.connection->script("COMMIT"); !committed)
    give_up(writer, outcomes, committed.error());
  return outcomes;
}

result<void> database::write(work job) {
  return std::move(write(std::span(&job, 1)).front());
}

result<void> database::read(work job) {
  auto reader = state_->take_reader();
  if (!reader) return std::unexpected(reader.error());
  auto& connection = *(*reader)->connection;
  auto outcome = connection.script("BEGIN");
  if (outcome) {
    static_cast<void>(job((*reader)->tables));
    if (const auto& failure = connection.failure()) outcome = std::unexpected(*failure);
    connection.clear_failure();
    if (connection.in_transaction()) static_cast<void>(connection.script("ROLLBACK"));
  }
  if (outcome) state_->give_reader_back(std::move(*reader));  // one that failed is closed
  return outcome;
}

int database::schema_version() const {
  return state_->version;
}

}  // namespace mesh::db
