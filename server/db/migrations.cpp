#include "server/db/migrations.hpp"

#include "core/crypto/sha256.hpp"

#include <algorithm>

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

// The step in the words of one engine.
std::string in_words_of(const connection& db, std::string_view sql) {
  static constexpr std::string_view marker = "/*clustered*/";
  std::string text(sql);
  for (auto at = text.find(marker); at != std::string::npos; at = text.find(marker, at))
    text.replace(at, marker.size(), db.clustered());
  return text;
}

// How many of the steps the database already has.
result<std::size_t> check_applied(connection& db, std::span<const migration> steps) {
  const auto done = db.all<applied>("SELECT version, checksum FROM schema_version ORDER BY version");
  if (auto ok = outcome_of(db); !ok) return pass(ok);
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

void undo(connection& db) {
  db.clear_failure();
  if (db.in_transaction()) static_cast<void>(db.script("ROLLBACK"));
}

// Runs fn in a transaction that overlaps with no other change of the schema.
result<void> exclusively(connection& db, const std::function<result<void>()>& fn) {
  auto done = db.begin_exclusive();
  if (done) done = fn();
  if (done) done = db.commit();
  if (!done) undo(db);
  return done;
}

result<std::size_t> look(connection& db, std::span<const migration> steps) {
  result<std::size_t> have = 0;
  const auto done = exclusively(db, [&]() -> result<void> {
    db.exec(
        "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY, checksum TEXT NOT NULL, "
        "applied_at BIGINT NOT NULL)");
    if (auto ok = outcome_of(db); !ok) return ok;
    have = check_applied(db, steps);
    if (!have) return std::unexpected(have.error());
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return have;
}

result<void> apply(connection& db, std::span<const migration> steps, std::size_t index, wall_time now) {
  const auto& step = steps[index];
  auto done = exclusively(db, [&]() -> result<void> {
    const auto have = check_applied(db, steps);
    if (!have) return std::unexpected(have.error());
    if (*have > index) return {};  // another process was faster
    if (auto changed = db.script(in_words_of(db, step.sql)); !changed) return changed;
    db.exec("INSERT INTO schema_version (version, checksum, applied_at) VALUES ($1, $2, $3)", step.version,
            checksum_of(step), now);
    return outcome_of(db);
  });
  if (done) return done;
  return fail(errc::database, fmt::format("step {} ({}) of the database's schema failed: {}", step.version,
                                          step.name, done.error().detail));
}

}  // namespace

result<int> schema_of(connection& db, std::span<const migration> steps) {
  const auto tables = db.tables();
  if (auto ok = outcome_of(db); !ok) return pass(ok);
  if (std::ranges::find(tables, schema_record, &table::name) == tables.end()) return 0;
  const auto have = check_applied(db, steps);
  if (!have) return std::unexpected(have.error());
  return static_cast<int>(*have);
}

result<int> migrate(connection& db, std::span<const migration> steps, wall_time now,
                    const before_change& before) {
  const auto have = look(db, steps);
  if (!have) return std::unexpected(have.error());
  if (before && *have > 0 && *have < steps.size())
    if (auto ready = before(steps.back().version); !ready) return std::unexpected(ready.error());
  for (auto index = *have; index < steps.size(); ++index)
    if (auto done = apply(db, steps, index, now); !done) return std::unexpected(done.error());
  return steps.empty() ? 0 : steps.back().version;
}

}  // namespace mesh::db
