#include "server/services/devices.hpp"

#include "core/base/limits.hpp"
#include "server/auth/challenge.hpp"
#include "server/auth/proof.hpp"
#include "server/services/field_limits.hpp"
#include "server/services/p2p_sessions.hpp"
#include "server/services/publish.hpp"
#include "server/services/views.hpp"

namespace mesh::services {
namespace {

// To the owner's devices and, as another's device, to the people who share a room.
void tell_changed(context& c, const models::device& device, std::string_view username,
                  models::effects& effects) {
  publish_durable(c, effects, "device.changed",
                  wire::make_payload(wire::device_changed{view(c, device, username, device.user)}),
                  {device.user});
  publish_durable(c, effects, "device.changed",
                  wire::make_payload(wire::device_changed{view(c, device, username, user_id())}),
                  c.tx.rooms().peers(device.user));
}

std::optional<models::device> own_device(context& c, const models::caller& caller, const device_id& id) {
  auto device = c.tx.devices().find(id);
  if (device && device->user != caller.user) device.reset();
  return device;
}

std::unexpected<error> no_such_device() {
  return fail(errc::not_found, "you have no device of this name");
}

// A sign-in of mesh-agent that exists to enrol its own device becomes that device's; every other sign-in
// stays as it is, and the device gets one of its own.
wire::tokens tokens_for_device(context& c, const models::caller& caller, const models::user& user,
                               const models::device& device, const models::client& client) {
  auto login = c.tx.logins().find(caller.login);
  const bool own_already = login && login->device == device.id;
  const bool made_for_it = login && !login->device && login->kind == models::login_kind::agent;
  if (!own_already && !made_for_it) return start_login(c, user, client, device.id).tokens;
  c.tx.logins().bind_device(login->id, device.id);
  c.tx.logins().erase_tokens(login->id);
  login->device = device.id;
  return issue_tokens(c, user, *login);
}

}  // namespace

wire::challenge_answer make_challenge(const context& c) {
  return {auth::make_challenge(c.keys.nonce, c.now, c.random), auth::challenge_life.count()};
}

result<models::device> read_device(const context& c, const device_claim& claim, const user_id& user) {
  if (!valid_device_id(claim.id.str()))
    return fail(errc::field_invalid,
                "a device name begins with a-z or 0-9, goes on with those, '.', '_' or '-', and has 63 "
                "characters at most",
                "device_id");
  models::device_kind kind{};
  if (!boost::describe::enum_from_string(claim.kind.c_str(), kind))
    return fail(errc::field_invalid, "a device is an \"agent\" or a \"browser\"", "kind");
  const auto name = claim.name.value_or(claim.id.str());
  if (auto ok = check_display_name(name, "name"); !ok) return std::unexpected(ok.error());
  const auto key = auth::read_device_key(claim.public_key, kind);
  if (!key) return std::unexpected(key.error());
  return models::device{claim.id,           user,  kind,        name, to_base64url(key->spki()),
                        key->fingerprint(), c.now, std::nullopt};
}

result<admitted> admit_device(context& c, const models::device& device, const models::user& user,
                              models::effects& effects) {
  if (auto known = c.tx.devices().find(device.id)) {
    if (known->user != device.user || known->public_key != device.public_key)
      return fail(errc::device_taken,
                  "a device of this name is registered with another key or by somebody else", "device_id");
    return admitted{std::move(*known), false};
  }
  if (c.tx.devices().of_user(device.user).size() >= limits::devices_per_user_max)
    return fail(errc::conflict, "you have as many devices as one person can have; remove one first");
  c.tx.devices().insert(device);
  // Somebody else may be connected under this name without having registered it: the one with a key wins.
  if (const auto* online = c.presence.find(device.id); online != nullptr && online->user != device.user)
    effects.disconnects.push_back(
        {online->user, device.id, std::nullopt, std::string(word(errc::device_taken))});
  tell_changed(c, device, user.username, effects);
  return admitted{device, true};
}

result<outcome<registered_device>> register_device(context& c, const models::caller& caller,
                                                   const wire::device_request& request,
                                                   const models::client& client) {
  const auto user = c.tx.users().find(caller.user);
  if (!user) return fail(errc::unauthorized, "the account is gone");
  const auto claimed =
      read_device(c, {request.device_id, request.kind, request.name, request.public_key}, user->id);
  if (!claimed) return std::unexpected(claimed.error());
  if (auto ok = auth::check_challenge(c.keys.nonce, request.nonce, c.now); !ok)
    return std::unexpected(ok.error());
  const auto key = auth::read_device_key(claimed->public_key, claimed->kind);
  if (!key) return std::unexpected(key.error());
  const auto text = auth::device_proof_text(request.nonce, user->id, claimed->id);
  if (auto ok = auth::check_proof(*key, text, request.signature); !ok) return std::unexpected(ok.error());

  outcome<registered_device> out;
  const auto taken_in = admit_device(c, *claimed, *user, out.effects);
  if (!taken_in) return std::unexpected(taken_in.error());
  out.reply.created = taken_in->created;
  out.reply.answer.device = view(c, taken_in->device, user->username, user->id);
  if (caller.by_cookie) {
    c.tx.logins().bind_device(caller.login, claimed->id);
    return out;
  }
  auto tokens = tokens_for_device(c, caller, *user, taken_in->device, client);
  out.reply.answer.access_token = std::move(tokens.access_token);
  out.reply.answer.token_type = std::move(tokens.token_type);
  out.reply.answer.expires_in = tokens.expires_in;
  out.reply.answer.refresh_token = std::move(tokens.refresh_token);
  return out;
}

result<wire::device_list> list_devices(context& c, const models::caller& caller, device_scope scope) {
  wire::device_list list;
  const auto devices =
      scope == device_scope::own ? c.tx.devices().of_user(caller.user) : c.tx.devices().of_peers(caller.user);
  for (const auto& device : devices) {
    const auto owner = c.tx.users().find(device.user);
    list.devices.push_back(view(c, device, owner ? owner->username : "", caller.user));
  }
  return list;
}

result<outcome<wire::device_answer>> rename_device(context& c, const models::caller& caller,
                                                   const device_id& id,
                                                   const wire::rename_device_request& request) {
  auto device = own_device(c, caller, id);
  if (!device) return no_such_device();
  if (auto ok = check_display_name(request.name, "name"); !ok) return std::unexpected(ok.error());
  c.tx.devices().rename(id, request.name);
  device->name = request.name;
  outcome<wire::device_answer> out;
  out.reply.device = view(c, *device, caller.username, caller.user);
  tell_changed(c, *device, caller.username, out.effects);
  return out;
}

result<outcome<nothing>> revoke_device(context& c, const models::caller& caller, const device_id& id) {
  if (!own_device(c, caller, id)) return no_such_device();
  outcome<nothing> out;
  for (const auto& session : c.tx.p2p().of_device(id, c.now))
    revoke_session(c, session, word(errc::device_revoked), out.effects);
  publish_durable(c, out.effects, "device.revoked", wire::make_payload(wire::device_reference{id}),
                  with_peers(c, caller.user));
  for (const auto& login : c.tx.logins().of_device(id))
    end_login(c, login.id, word(errc::device_revoked), out.effects);
  out.effects.disconnects.push_back({caller.user, id, std::nullopt, std::string(word(errc::device_revoked))});
  c.tx.devices().erase(id);
  return out;
}

}  // namespace mesh::services
