#include "server/app/data_commands.hpp"

#include "core/text/catalogue.hpp"
#include "server/app/data_dir.hpp"
#include "server/db/backup_file.hpp"
#include "server/db/postgres.hpp"
#include "server/db/source.hpp"

#include <cstdio>

namespace mesh::app {
namespace {

namespace fs = std::filesystem;
using sums = std::vector<db::table_sum>;

void tell_of_table(const db::table_sum& done) {
  std::fprintf(stderr, "%s\n", text::tr("server.table_done", done.name, done.rows).c_str());
}

std::int64_t count_rows(const sums& tables) {
  std::int64_t rows = 0;
  for (const auto& t : tables) rows += t.rows;
  return rows;
}

// Claimed: whatever ran on it would lose what it writes from now on, or meet rows it did not write.
result<std::unique_ptr<db::connection>> open_alone(const std::string& address, db::open_mode mode) {
  if (db::postgres::is_address(address))
    if (auto readable = db::postgres::check_address(address); !readable)
      return std::unexpected(readable.error());
  auto connection = db::source(address).open(mode);
  if (connection)
    if (auto alone = (*connection)->claim(); !alone) return pass(alone);
  return connection;
}

result<data_dir> open_locked(const fs::path& folder) {
  auto data = data_dir::open(folder);
  if (data)
    if (auto ours = data->lock(); !ours) return pass(ours);
  return data;
}

}  // namespace

result<std::string> move_database(const config::server_config& config, const std::string& from,
                                  const std::string& to) {
  const auto data = open_locked(config.data_dir);
  if (!data) return std::unexpected(data.error());
  const auto source = open_alone(from, db::open_mode::read_only);
  if (!source) return std::unexpected(source.error());
  const auto target = open_alone(to, db::open_mode::read_write);
  if (!target) return std::unexpected(target.error());
  const auto moved = db::copy_database(**source, **target, wall_now(),
                                       {.existing = db::onto::refuse, .progress = tell_of_table});
  if (!moved) return std::unexpected(moved.error());
  return text::tr("server.moved", count_rows(*moved), moved->size());
}

result<std::string> back_up(const config::server_config& config, const fs::path& file, db::onto existing) {
  const auto keys = data_dir::stored_keys(config.data_dir);
  if (!keys) return std::unexpected(keys.error());
  if (!*keys) return fail(errc::state_unreadable, config.data_dir.string() + ": no server has run there");
  const auto from = db::source(config.database).open(db::open_mode::read_only);
  if (!from) return std::unexpected(from.error());
  const auto written =
      db::backup_file::write(**from, file, {wall_now(), MESH_VERSION, (*keys)->clone()}, existing);
  if (!written) return std::unexpected(written.error());
  for (const auto& table : *written) tell_of_table(table);
  return text::tr("server.backed_up", count_rows(*written), file.string());
}

result<std::string> restore(const config::server_config& config, const fs::path& file, db::onto existing) {
  auto backup = db::backup_file::open(file);
  if (!backup) return pass(backup);
  const auto& label = backup->label();
  if (const auto readable = auth::keys::parse(label.keys.reveal()); !readable)
    return fail(errc::backup_invalid, file.string() + ": " + readable.error().detail);
  const auto data = open_locked(config.data_dir);
  if (!data) return std::unexpected(data.error());
  const auto old = data_dir::stored_keys(config.data_dir);
  if (!old) return std::unexpected(old.error());
  const bool same = *old && (*old)->reveal() == label.keys.reveal();
  if (*old && !same && existing == db::onto::refuse)
    return fail(errc::database_not_empty, (config.data_dir / "keys").string());
  const auto target = open_alone(config.database, db::open_mode::read_write);
  if (!target) return std::unexpected(target.error());
  bool placed = false;
  const auto place_keys = [&]() -> result<void> {
    if (same) return {};
    auto done = data->put_keys(label.keys);
    placed = done.has_value();
    return done;
  };
  const auto restored =
      db::copy_database(backup->rows(), **target, wall_now(),
                        {.existing = existing, .progress = tell_of_table, .before_commit = place_keys});
  if (!restored) {
    if (placed) static_cast<void>(*old ? data->put_keys(**old) : data->remove_keys());
    return std::unexpected(restored.error());
  }
  return text::tr("server.restored", count_rows(*restored), format_rfc3339_seconds(label.made_at),
                  label.program);
}

}  // namespace mesh::app
