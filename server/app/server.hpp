// The running server: everything wired together, from the first listening socket to the orderly end.
#pragma once
#include "core/base/error.hpp"
#include "server/config/server_config.hpp"
#include "server/services/context.hpp"

#include <filesystem>
#include <optional>

namespace mesh::app {

struct serve_options {
  config::server_config config;
  // Gets the real port as text once requests are answered, for scripts.
  std::optional<std::filesystem::path> ready_file;
};

// Serves until SIGTERM or SIGINT, then closes in order within 5 seconds. Prints "Mesh is ready at URL" on
// standard output. Errors: port_in_use, address_invalid, state_locked, state_unreadable, database,
// config_value, write_failed.
result<void> serve(const serve_options& options);

// How people reach a server with these settings that listens on port.
std::string public_url(const config::server_config& config, std::uint16_t port);

// What the services need to know of the settings.
services::settings service_settings(const config::server_config& config, std::uint16_t port);

}  // namespace mesh::app
