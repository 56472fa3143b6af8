#include "server/db/migrations.hpp"

#include "core/base/log.hpp"
#include "core/crypto/sha256.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

namespace mesh::db {
namespace {

struct applied {
  std::int64_t version = 0;
  std::string checksum;
};
BOOST_DESCRIBE_STRUCT(applied, (), (version, checksum))

std::string checksum_of(const migration& m) {
  return crypto::sha256_hex(as_bytes(m.sql));
}

result<void> failure_of(const sqlite& db) {
  if (!db.failure()) return {};
  return std::unexpected(*db.failure());
}

// How many of the steps the database already has.
result<std::size_t> check_applied(sqlite& db, std::span<const migration> steps) {
  db.exec(
      "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY, checksum TEXT NOT NULL, "
      "applied_at BIGINT NOT NULL)");
  const auto done = db.all<applied>("SELECT version, checksum FROM schema_version ORDER BY version");
  if (auto ok = failure_of(db); !ok) return pass(ok);
  if (done.size() > steps.size())
    return fail(
        errc::database,
        fmt::format("the database has schema {}, this program knows {} at most: it was used by a newer "
                    "mesh-server; install that version or restore a copy",
                    done.back().version, steps.size()));
  for (std::size_t i = 0; i < done.size(); ++i)
    if (done[i].version != steps[i].version || done[i].checksum != checksum_of(steps[i]))
      return fail(
          errc::database,
          fmt::format("step {} of the database's schema is not the one of this program: it was made by "
                      "another build of mesh-server",
                      done[i].version));
  return done.size();
}

result<void> copy_before(sqlite& db, const std::filesystem::path& file, int version) {
  auto copy = file;
  copy += fmt::format(".before-migration-{}", version);
  std::error_code ignored;
  std::filesystem::remove(copy, ignored);  // of an attempt at this same step that failed
  const int fd = ::open(copy.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail(errc::database, fmt::format("cannot make the copy {}: {}", copy.string(),
                                            std::generic_category().message(errno)));
  ::close(fd);
  db.exec("VACUUM INTO $1", copy.string());
  if (auto ok = failure_of(db); !ok) return ok;
  log::info("db", "copied the database to {} before changing its schema", copy.string());
  return {};
}

result<void> apply(sqlite& db, const migration& step, wall_time now) {
  if (auto begun = db.script("BEGIN EXCLUSIVE"); !begun) return begun;
  auto done = db.script(std::string(step.sql));
  if (done) {
    db.exec("INSERT INTO schema_version (version, checksum, applied_at) VALUES ($1, $2, $3)", step.version,
            checksum_of(step), now);
    done = failure_of(db);
  }
  if (done) done = db.script("COMMIT");
  if (done) return done;
  if (db.in_transaction()) static_cast<void>(db.script("ROLLBACK"));
  return fail(errc::database, fmt::format("step {} ({}) of the database's schema failed: {}", step.version,
                                          step.name, done.error().detail));
}

}  // namespace

result<int> migrate(sqlite& db, const std::filesystem::path& file, std::span<const migration> steps,
                    wall_time now) {
  const auto have = check_applied(db, steps);
  if (!have) return std::unexpected(have.error());
  if (*have > 0 && *have < steps.size())
    if (auto copied = copy_before(db, file, steps.back().version); !copied)
      return std::unexpected(copied.error());
  for (const auto& step : steps.subspan(*have))
    if (auto done = apply(db, step, now); !done) return std::unexpected(done.error());
  return steps.empty() ? 0 : steps.back().version;
}

}  // namespace mesh::db
