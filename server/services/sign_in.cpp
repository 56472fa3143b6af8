#include "server/services/sign_in.hpp"

#include "core/base/escape.hpp"
#include "core/base/limits.hpp"
#include "server/auth/one_time_code.hpp"
#include "server/auth/proof.hpp"
#include "server/services/views.hpp"

namespace mesh::services {
namespace {

constexpr std::string_view refresh_purpose = "refresh";
constexpr std::string_view cookie_purpose = "cookie";
constexpr std::chrono::minutes touch_interval{1};
constexpr std::size_t user_agent_bytes_kept = 256;

models::login_kind kind_of(const models::client& client, bool with_device) {
  if (client.page) return models::login_kind::browser;
  if (with_device || client.user_agent.starts_with("mesh-agent")) return models::login_kind::agent;
  return models::login_kind::api;
}

std::string store_token(context& c, const login_id& login, models::login_token_purpose purpose,
                        std::string_view purpose_word, wall_time expires_at) {
  auto token = c.random.token();
  c.tx.logins().insert_token(
      {auth::token_hash(purpose_word, token), login, purpose, expires_at, std::nullopt});
  return token;
}

std::unexpected<error> not_signed_in() {
  return fail(errc::unauthorized, "sign in first");
}

result<authorized> authorize_login(context& c, const std::optional<models::login>& login, bool by_cookie) {
  if (!login || login->expires_at <= c.now) return not_signed_in();
  const auto user = c.tx.users().find(login->user);
  if (!user) return not_signed_in();
  authorized a;
  a.caller = {user->id,      user->username, user->admin, login->id, login->kind,
              login->device, by_cookie,      user->guest, {}};
  a.seen_long_ago = login->last_seen_at + touch_interval <= c.now;
  return a;
}

// Of a sign-in bound to a device: the key of that device signed this very refresh token.
result<void> check_refresh_proof(context& c, const models::login& login,
                                 const wire::refresh_request& request) {
  if (!login.device) return {};
  const auto refuse = [] {
    return fail(errc::device_proof_required, "a signature of the device over the refresh token is needed",
                "signature");
  };
  const auto device = c.tx.devices().find(*login.device);
  if (!request.signature || !device) return refuse();
  const auto key = auth::read_device_key(device->public_key, device->kind);
  if (!key) return refuse();
  if (!auth::check_proof(*key, auth::refresh_proof_text(request.refresh_token), *request.signature))
    return refuse();
  return {};
}

}  // namespace

signed_in start_login(context& c, const models::user& user, const models::client& client,
                      const std::optional<device_id>& device) {
  models::login login;
  login.id = c.random.id<login_id>();
  login.user = user.id;
  login.kind = kind_of(client, device.has_value());
  login.device = device;
  login.user_agent = client.user_agent.substr(0, user_agent_bytes_kept);
  if (!valid_utf8(login.user_agent)) login.user_agent = escape_controls(login.user_agent);
  login.ip = client.ip;
  login.created_at = login.last_seen_at = c.now;
  login.expires_at = c.now + (client.page ? limits::cookie_session_life : limits::refresh_token_life);
  c.tx.logins().insert(login);

  signed_in reply;
  if (!client.page) {
    reply.tokens = issue_tokens(c, user, login);
    return reply;
  }
  reply.tokens.user = view(user);
  reply.cookie =
      store_token(c, login.id, models::login_token_purpose::cookie, cookie_purpose, login.expires_at);
  return reply;
}

wire::tokens issue_tokens(context& c, const models::user& user, const models::login& login) {
  const auto issued = from_unix_seconds(unix_seconds(c.now));
  const capability::access_claims claims{user.id, login.id, login.device, issued,
                                         issued + limits::access_token_life};
  wire::tokens tokens;
  tokens.access_token = std::string(capability::issue_access_token(claims, c.keys.access).reveal());
  tokens.token_type = "bearer";
  tokens.expires_in = std::chrono::seconds(limits::access_token_life).count();
  tokens.refresh_token = store_token(c, login.id, models::login_token_purpose::refresh, refresh_purpose,
                                     c.now + limits::refresh_token_life);
  tokens.user = view(user);
  tokens.device_id = login.device;
  return tokens;
}

result<authorized> authorize(context& c, const capability::access_claims& claims) {
  const auto login = c.tx.logins().find(claims.login);
  if (!login || login->user != claims.user || (claims.device && claims.device != login->device))
    return fail(errc::unauthorized, "this sign-in was ended");
  return authorize_login(c, login, false);
}

result<authorized> authorize_cookie(context& c, std::string_view cookie) {
  const auto token = c.tx.logins().find_token(auth::token_hash(cookie_purpose, cookie));
  if (!token || token->purpose != models::login_token_purpose::cookie || token->expires_at <= c.now)
    return not_signed_in();
  return authorize_login(c, c.tx.logins().find(token->login), true);
}

void touch(context& c, const login_id& login, std::string_view ip) {
  c.tx.logins().set_seen(login, c.now, ip);
}

result<outcome<refreshed>> refresh(context& c, const wire::refresh_request& request, std::string_view ip) {
  outcome<refreshed> out;
  const auto refuse = [&out](errc code, std::string why) {
    out.reply.refused = error{code, std::move(why), "refresh_token"};
    return out;
  };
  const auto hash = auth::token_hash(refresh_purpose, request.refresh_token);
  const auto token = c.tx.logins().find_token(hash);
  if (!token || token->purpose != models::login_token_purpose::refresh)
    return refuse(errc::unauthorized, "the refresh token is not valid; sign in again");
  auto login = c.tx.logins().find(token->login);
  const auto user = login ? c.tx.users().find(login->user) : std::nullopt;
  if (!user) return refuse(errc::unauthorized, "this sign-in was ended");
  if (auto proven = check_refresh_proof(c, *login, request); !proven) {
    out.reply.refused = proven.error();
    return out;
  }
  // A device that died before it had written down the answer has only its old token: its key has just
  // vouched for it, and a copy of the device is found out when the second of the two comes back.
  const bool first = c.tx.logins().mark_used(hash, c.now);
  if (!first && !(login->device && c.tx.logins().use_again(*token, c.now))) {
    end_login(c, login->id, word(errc::refresh_reused), out.effects);
    return refuse(errc::refresh_reused, "the refresh token was used before, so the sign-in has been ended");
  }
  if (token->expires_at <= c.now)
    return refuse(errc::token_expired, "the refresh token has expired; sign in again");
  login->expires_at = c.now + limits::refresh_token_life;
  c.tx.logins().set_expiry(login->id, login->expires_at);
  touch(c, login->id, ip);
  out.reply.tokens = issue_tokens(c, *user, *login);
  return out;
}

void end_login(context& c, const login_id& login, std::string_view reason, models::effects& effects) {
  c.tx.logins().erase(login);
  models::disconnect cut;
  cut.login = login;
  cut.reason = reason;
  effects.disconnects.push_back(std::move(cut));
}

result<outcome<nothing>> log_out(context& c, const models::caller& caller) {
  outcome<nothing> out;
  end_login(c, caller.login, word(errc::unauthorized), out.effects);
  return out;
}

result<wire::login_list> list_logins(context& c, const models::caller& caller) {
  wire::login_list list;
  for (const auto& login : c.tx.logins().of_user(caller.user))
    if (login.expires_at > c.now) list.sessions.push_back(view(login, caller.login));
  return list;
}

result<outcome<nothing>> revoke_login(context& c, const models::caller& caller, const login_id& id) {
  const auto login = c.tx.logins().find(id);
  if (!login || login->user != caller.user) return fail(errc::not_found, "there is no such sign-in");
  outcome<nothing> out;
  end_login(c, id, word(errc::unauthorized), out.effects);
  return out;
}

}  // namespace mesh::services
