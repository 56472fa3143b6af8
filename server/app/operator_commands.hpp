// What an operator does from the server's own machine, beside a running server or without one.
#pragma once
#include "core/base/error.hpp"
#include "core/base/secret.hpp"
#include "server/config/server_config.hpp"

#include <string>

namespace mesh::app {

// All of these answer the text to print. Errors: state_unreadable, database, and those named.

result<std::string> migrate(const config::server_config& config);
// Errors: username_taken, field_*, password_too_short.
result<std::string> add_user(const config::server_config& config, const std::string& username,
                             const secret& password);
// Errors: not_found, field_*, password_too_short. A running server closes the account's connections within
// seconds.
result<std::string> reset_password(const config::server_config& config, const std::string& username,
                                   const secret& password);
// Errors: setup_done.
result<std::string> owner_link(const config::server_config& config);
// username empty: the owner, whose account is made when the server has none. Errors: not_found.
result<std::string> enroll_code(const config::server_config& config, const std::string& username);

}  // namespace mesh::app
