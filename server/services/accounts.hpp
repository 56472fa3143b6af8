// Accounts: registering, signing in, the owner's set-up, passwords, leaving for good.
//
// Hashing a password takes long and happens outside transactions, so each of these goes in two steps: the
// first answers what must be hashed or compared, the second is told the result and checks again.
#pragma once
#include "server/services/sign_in.hpp"

#include <optional>
#include <string>

namespace mesh::services {

// Everything that can be refused without hashing. Errors: field_*, password_too_short, invitation_required,
// invitation_invalid, username_taken, room_full.
result<void> check_registration(context& c, const wire::register_request& request);
result<outcome<signed_in>> register_user(context& c, const wire::register_request& request,
                                         const std::string& password_hash, const models::client& client);

// The stored hash, empty for an unknown account or one without a password.
result<std::string> find_password_hash(context& c, std::string_view username);
result<std::string> find_password_hash(context& c, const models::caller& caller);
// After the password was found to fit checked_hash. Errors: invalid_credentials when it was changed
// meanwhile.
result<outcome<signed_in>> log_in(context& c, std::string_view username, const std::string& checked_hash,
                                  const models::client& client);

// The first password of the owner, through the one-time link. Errors: setup_done, invalid_credentials,
// username_taken, field_*.
result<void> check_setup(context& c, const wire::setup_request& request);
result<outcome<signed_in>> set_up(context& c, const wire::setup_request& request,
                                  const std::string& password_hash, const models::client& client);

result<wire::user_answer> get_account(context& c, const models::caller& caller);
// The other sign-ins of the person end. Errors: invalid_credentials when checked_hash is no longer the stored
// one.
result<outcome<nothing>> change_password(context& c, const models::caller& caller,
                                         const std::string& checked_hash, const std::string& new_hash);
// Errors: last_owner when the person is the only owner of a room with others in it.
result<outcome<nothing>> delete_account(context& c, const models::caller& caller,
                                        const std::string& checked_hash);
// The person with everything they are and have, but for what they wrote. Errors: last_owner.
result<void> erase_account(context& c, const models::user& user, models::effects& effects);
// Ends this sign-in; a guest's whole visit.
result<outcome<nothing>> sign_out(context& c, const models::caller& caller);

}  // namespace mesh::services
