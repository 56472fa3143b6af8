// Taking all of a server's data elsewhere: to another database, into a backup, out of one.
#pragma once
#include "core/base/error.hpp"
#include "server/config/server_config.hpp"
#include "server/db/copy.hpp"

#include <filesystem>
#include <string>

namespace mesh::app {

// Each tells of every table on standard error and answers the text to print.

// Copies everything from one address (SQLite path or postgres:// URL) to another, whose database holds
// nothing yet, reads it back and compares. The source stays as it is. Errors: state_locked and
// database_in_use while a server runs, database_not_empty, config_value, database.
result<std::string> move_database(const config::server_config& config, const std::string& from,
                                  const std::string& to);

// Writes the database and the keys to one file, beside a running server or without one. Errors: file_exists,
// write_failed, state_unreadable, database.
result<std::string> back_up(const config::server_config& config, const std::filesystem::path& file,
                            db::onto existing);

// Fills the data folder and the database of the settings from a backup. Nothing changes before the whole
// backup was found good; keys and rows arrive together or not at all. Errors: file_unreadable,
// backup_invalid, state_locked and database_in_use while a server runs, database_not_empty, database.
result<std::string> restore(const config::server_config& config, const std::filesystem::path& file,
                            db::onto existing);

}  // namespace mesh::app
