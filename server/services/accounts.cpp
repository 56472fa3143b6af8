#include "server/services/accounts.hpp"

#include "server/auth/password.hpp"
#include "server/auth/registration.hpp"
#include "server/auth/username.hpp"
#include "server/services/invitations.hpp"
#include "server/services/members.hpp"
#include "server/services/p2p_sessions.hpp"
#include "server/services/publish.hpp"
#include "server/services/rooms.hpp"
#include "server/services/setup.hpp"
#include "server/services/views.hpp"

namespace mesh::services {
namespace {

struct registration {
  std::string username;
  bool first_account = false;
  std::optional<models::invitation> invitation;
};

result<registration> examine_registration(context& c, const wire::register_request& request) {
  auto name = auth::check_username(request.username);
  if (!name) return pass(name);
  if (auto ok = auth::check_new_password(request.password, c.settings.loopback_only, "password"); !ok)
    return std::unexpected(ok.error());
  registration r;
  r.username = std::move(*name);
  r.first_account = c.tx.users().count_with_password() == 0;
  if (request.invitation) {
    auto invitation = find_valid_invitation(c, *request.invitation, "invitation");
    if (!invitation) return pass(invitation);
    r.invitation = std::move(*invitation);
  }
  const auth::registration_facts facts{r.first_account, c.settings.loopback_only,
                                       c.settings.open_registration, r.invitation.has_value()};
  if (auto ok = auth::check_registration(facts); !ok) return std::unexpected(ok.error());
  if (c.tx.users().find_by_name(r.username))
    return fail(errc::username_taken, "this username is taken", "username");
  return r;
}

std::unexpected<error> wrong_password() {
  return fail(errc::invalid_credentials, "the username or the password is wrong");
}

result<std::string> examine_setup(context& c, const wire::setup_request& request) {
  const auto owner = owner_without_password(c);
  if (!owner) return fail(errc::setup_done, "this server is set up already; sign in");
  if (!setup_token_fits(c, request.token))
    return fail(errc::invalid_credentials,
                "this link is not valid; the server prints a new one when it starts", "token");
  auto name = auth::check_username(request.username);
  if (!name) return name;
  if (auto ok = auth::check_new_password(request.password, c.settings.loopback_only, "password"); !ok)
    return std::unexpected(ok.error());
  const auto holder = c.tx.users().find_by_name(*name);
  if (holder && holder->id != owner->id)
    return fail(errc::username_taken, "this username is taken", "username");
  return name;
}

// The account of the caller, if the password that was compared is still the stored one.
result<models::user> still_with_password(context& c, const models::caller& caller,
                                         const std::string& checked_hash) {
  auto user = c.tx.users().find(caller.user);
  if (!user) return fail(errc::unauthorized, "the account is gone");
  if (user->password_hash.value_or("") != checked_hash) return wrong_password();
  return std::move(*user);
}

}  // namespace

result<void> check_registration(context& c, const wire::register_request& request) {
  const auto r = examine_registration(c, request);
  if (!r) return std::unexpected(r.error());
  return {};
}

result<outcome<signed_in>> register_user(context& c, const wire::register_request& request,
                                         const std::string& password_hash, const models::client& client) {
  auto r = examine_registration(c, request);
  if (!r) return pass(r);
  const models::user user{c.random.id<user_id>(), r->username, password_hash, c.now, r->first_account};
  if (!c.tx.users().insert(user)) return fail(errc::username_taken, "this username is taken", "username");
  outcome<signed_in> out;
  if (r->invitation)
    if (auto joined = join_by_invitation(c, user, *r->invitation, out.effects); !joined)
      return std::unexpected(joined.error());
  out.reply = start_login(c, user, client);
  return out;
}

result<std::string> find_password_hash(context& c, std::string_view username) {
  const auto user = c.tx.users().find_by_name(auth::normalise_username(username));
  return user ? user->password_hash.value_or("") : "";
}

result<std::string> find_password_hash(context& c, const models::caller& caller) {
  const auto user = c.tx.users().find(caller.user);
  return user ? user->password_hash.value_or("") : "";
}

result<outcome<signed_in>> log_in(context& c, std::string_view username, const std::string& checked_hash,
                                  const models::client& client) {
  const auto user = c.tx.users().find_by_name(auth::normalise_username(username));
  if (!user || !user->password_hash || *user->password_hash != checked_hash) return wrong_password();
  return outcome<signed_in>{start_login(c, *user, client), {}};
}

result<void> check_setup(context& c, const wire::setup_request& request) {
  const auto name = examine_setup(c, request);
  if (!name) return std::unexpected(name.error());
  return {};
}

result<outcome<signed_in>> set_up(context& c, const wire::setup_request& request,
                                  const std::string& password_hash, const models::client& client) {
  const auto name = examine_setup(c, request);
  if (!name) return std::unexpected(name.error());
  const auto owner = owner_without_password(c);
  if (!c.tx.users().rename(owner->id, *name))
    return fail(errc::username_taken, "this username is taken", "username");
  c.tx.users().set_password(owner->id, password_hash);
  finish_setup(c);
  const auto user = c.tx.users().find(owner->id);
  if (!user) return fail(errc::internal, "the owner's account is gone");
  return outcome<signed_in>{start_login(c, *user, client), {}};
}

result<wire::user_answer> get_account(context& c, const models::caller& caller) {
  const auto user = c.tx.users().find(caller.user);
  if (!user) return fail(errc::unauthorized, "the account is gone");
  return wire::user_answer{view(*user)};
}

result<outcome<nothing>> change_password(context& c, const models::caller& caller,
                                         const std::string& checked_hash, const std::string& new_hash) {
  const auto user = still_with_password(c, caller, checked_hash);
  if (!user) return std::unexpected(user.error());
  c.tx.users().set_password(user->id, new_hash);
  outcome<nothing> out;
  for (const auto& login : c.tx.logins().of_user(user->id))
    if (login.id != caller.login) end_login(c, login.id, word(errc::unauthorized), out.effects);
  return out;
}

result<outcome<nothing>> delete_account(context& c, const models::caller& caller,
                                        const std::string& checked_hash) {
  const auto user = still_with_password(c, caller, checked_hash);
  if (!user) return std::unexpected(user.error());
  outcome<nothing> out;
  if (auto gone = erase_account(c, *user, out.effects); !gone) return std::unexpected(gone.error());
  return out;
}

result<void> erase_account(context& c, const models::user& user, models::effects& effects) {
  for (const auto& session : c.tx.p2p().of_user(user.id, c.now))
    revoke_session(c, session, "account_deleted", effects);
  const auto devices = c.tx.devices().of_user(user.id);
  for (const auto& device : devices)
    publish_durable(c, effects, "device.revoked", wire::make_payload(wire::device_reference{device.id}),
                    c.tx.rooms().peers(user.id));
  for (const auto& room : c.tx.rooms().of_user(user.id))
    if (auto left = remove_member(c, room.id, user, "account_deleted", effects); !left) return left;
  const auto door = c.tx.rooms().waits_for(user.id);
  c.tx.users().erase(user.id, c.now);
  if (door)
    if (const auto room = c.tx.rooms().find(*door)) tell_updated(c, *room, effects);
  models::disconnect cut;
  cut.user = user.id;
  cut.reason = word(errc::unauthorized);
  effects.disconnects.push_back(std::move(cut));
  return {};
}

result<outcome<nothing>> sign_out(context& c, const models::caller& caller) {
  if (!caller.guest) return log_out(c, caller);
  const auto user = c.tx.users().find(caller.user);
  if (!user) return fail(errc::unauthorized, "the visit is over");
  outcome<nothing> out;
  if (auto gone = erase_account(c, *user, out.effects); !gone) return std::unexpected(gone.error());
  return out;
}

}  // namespace mesh::services
