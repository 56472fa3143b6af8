// Signed-in clients: starting, proving, refreshing and ending them.
#pragma once
#include "core/capability/access_token.hpp"
#include "core/wire/account_bodies.hpp"
#include "server/services/context.hpp"

#include <optional>
#include <string>

namespace mesh::services {

// What a client gets: tokens in the body, or for a page a cookie and nobody's eyes.
struct signed_in {
  wire::tokens tokens;
  std::optional<std::string> cookie;
};

// A new sign-in. With a device its key was proven.
signed_in start_login(context& c, const models::user& user, const models::client& client,
                      const std::optional<device_id>& device = {});
// New tokens for a sign-in that exists.
wire::tokens issue_tokens(context& c, const models::user& user, const models::login& login);

// Who a verified access token or a cookie stands for. seen_long_ago: touch() is due. Errors: unauthorized,
// token_expired.
struct authorized {
  models::caller caller;
  bool seen_long_ago = false;
};
result<authorized> authorize(context& c, const capability::access_claims& claims);
result<authorized> authorize_cookie(context& c, std::string_view cookie);
void touch(context& c, const login_id& login, std::string_view ip);

// A refusal may have to be committed (a reused token ends the sign-in), so it is part of the reply.
// refused: unauthorized, token_expired, refresh_reused, device_proof_required.
struct refreshed {
  std::optional<error> refused;
  wire::tokens tokens;
};
result<outcome<refreshed>> refresh(context& c, const wire::refresh_request& request, std::string_view ip);

// Ends one sign-in and closes its sockets. No error when it is gone already.
void end_login(context& c, const login_id& login, std::string_view reason, models::effects& effects);

struct nothing {};
result<outcome<nothing>> log_out(context& c, const models::caller& caller);
result<wire::login_list> list_logins(context& c, const models::caller& caller);
// Errors: not_found, also for another person's.
result<outcome<nothing>> revoke_login(context& c, const models::caller& caller, const login_id& login);

}  // namespace mesh::services
