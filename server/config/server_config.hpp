// The settings of mesh-server: defaults, then server.toml, then MESH_SERVER_* variables, then flags.
#pragma once
#include "core/base/error.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::config {

// host: addresses to listen on. port 0: a free one. database: a path of a SQLite file, or a
// postgres:// URL, which may hold a password. public_url: how
// people reach the server ("https://mesh.example.org"), empty: http://localhost:PORT. relay: whether pages
// that cannot reach a machine meet it here; relay_mib_per_day: MiB of each person in a day (UTC). log: a
// filter as in MESH_LOG.
struct server_config {
  std::vector<std::string> host{"127.0.0.1", "::1"};
  std::uint16_t port = 8000;
  std::filesystem::path data_dir;
  std::string database;
  std::filesystem::path web_dir;
  bool open_registration = false;
  std::filesystem::path tls_cert;
  std::filesystem::path tls_key;
  std::string public_url;
  std::int64_t room_members_max = 4;
  bool relay = true;
  std::int64_t relay_mib_per_day = 10'240;
  std::string log = "info";
};

// Where the settings come from besides the file. environment answers a variable's value, nullopt when unset
// or empty.
struct sources {
  std::optional<std::filesystem::path> file;  // --config; else $XDG_CONFIG_HOME/mesh/server.toml if it exists
  std::function<std::optional<std::string>(std::string_view)> environment;
  std::map<std::string, std::string> flags;  // key -> text as given on the command line
};

// The effective settings, validated. Errors: config_unreadable, config_syntax, config_unknown_key,
// config_type, config_value; the detail names file and line, the variable or the flag; field is the key.
result<server_config> load(const sources& from);

// The database setting for people: a password in it is masked.
std::string shown_database(const server_config& config);

// "key = value" lines in the file's own syntax, secrets masked, in a fixed order.
std::string describe(const server_config& config);

// True when every address is of the loopback range: nobody else can reach the server.
bool loopback_only(const server_config& config);

// The real process environment.
std::optional<std::string> process_environment(std::string_view name);

}  // namespace mesh::config
