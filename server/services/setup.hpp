// What the operator does from the server's own machine: the first owner, accounts by command.
#pragma once
#include "server/services/context.hpp"

#include <optional>
#include <string>

namespace mesh::services {

// The token of a fresh one-time owner link ("PUBLIC_URL/#/setup/TOKEN"), and the account it will belong to,
// which is made when the server has none. Nothing once every account has a password. Earlier links stop
// working.
struct owner_setup {
  user_id owner;
  std::string token;
};
result<std::optional<owner_setup>> prepare_owner(context& c);

// True while the token fits and the owner has no password.
bool setup_token_fits(context& c, std::string_view token);
std::optional<models::user> owner_without_password(context& c);
void finish_setup(context& c);

// mesh-server user add / reset-password. Errors: username_taken, field_*, not_found.
result<models::user> add_user(context& c, std::string_view username, const std::string& password_hash);
result<outcome<user_id>> reset_password(context& c, std::string_view username,
                                        const std::string& password_hash);

}  // namespace mesh::services
