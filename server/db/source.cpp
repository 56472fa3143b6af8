#include "server/db/source.hpp"

#include "core/base/log.hpp"
#include "server/db/migrations.hpp"
#include "server/db/postgres.hpp"
#include "server/db/sqlite.hpp"

#include <fmt/format.h>

namespace mesh::db {
namespace {

constexpr std::string_view sqlite_prefix = "sqlite:";

template <class T>
result<std::unique_ptr<connection>> as_connection(result<std::unique_ptr<T>> opened) {
  if (!opened) return pass(opened);
  return std::move(*opened);
}

}  // namespace

source::source(std::string address)
    : address_(std::move(address)), is_postgres_(postgres::is_address(address_)) {
  if (!is_postgres_ && address_.starts_with(sqlite_prefix)) address_.erase(0, sqlite_prefix.size());
  name_ = is_postgres_ ? "PostgreSQL" : address_;
}

result<std::unique_ptr<connection>> source::open(open_mode mode) const {
  if (is_postgres_) return as_connection(postgres::open(address_, mode));
  return as_connection(sqlite::open(address_, mode));
}

result<std::unique_ptr<connection>> source::open_newest(wall_time now, int& version, use as) const {
  auto opened = open(open_mode::read_write);
  if (!opened) return opened;
  auto& db = **opened;
  if (as == use::owner)
    if (auto ours = db.claim(); !ours) return pass(ours);
  const auto at = migrate(db, migrations(), now, [&](int next) -> result<void> {
    if (auto ours = db.claim(); !ours || is_postgres_) return ours;
    const auto have = schema_of(db, migrations());
    if (have && *have == next) return {};  // somebody else changed it while this one waited
    const auto path = fmt::format("{}.before-migration-{}", address_, next);
    auto done = static_cast<sqlite&>(db).copy_to(path);
    if (done) log::info("db", "copied the database to {} before changing its schema", path);
    return done;
  });
  if (!at && at.error().code != errc::database) return std::unexpected(at.error());
  if (!at) return fail(errc::database, fmt::format("{}: {}", name_, at.error().detail));
  version = *at;
  return opened;
}

}  // namespace mesh::db
