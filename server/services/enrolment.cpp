#include "server/services/enrolment.hpp"

#include "server/auth/challenge.hpp"
#include "server/auth/one_time_code.hpp"
#include "server/auth/proof.hpp"
#include "server/services/views.hpp"

#include <fmt/format.h>

namespace mesh::services {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view enroll_purpose = "enroll";
constexpr std::string_view device_code_purpose = "device-code";
constexpr std::string_view user_code_purpose = "user-code";
constexpr auto code_life = 10min;
constexpr auto poll_interval = 2s;
constexpr auto poll_tolerance = 200ms;           // a client's timer may fire a little early
constexpr std::int64_t device_codes_max = 1000;  // anybody can ask for one
constexpr int user_code_tries = 4;

std::string hash_of(const context& c, std::string_view purpose, std::string_view code) {
  return auth::code_hash(c.keys.nonce, purpose, code);
}

// The device is the user's now, and signed in.
result<enroll_answer> admit_and_sign_in(context& c, const models::device& device, const models::user& user,
                                        const models::client& client, models::effects& effects) {
  const auto taken_in = admit_device(c, device, user, effects);
  if (!taken_in) return std::unexpected(taken_in.error());
  auto as_program = client;
  as_program.page = false;
  auto tokens = start_login(c, user, as_program, device.id).tokens;
  return enroll_answer{*std::move(tokens.access_token),
                       *std::move(tokens.token_type),
                       *tokens.expires_in,
                       *std::move(tokens.refresh_token),
                       std::move(tokens.user),
                       device.id,
                       view(c, taken_in->device, user.username, user.id)};
}

result<models::device_code> find_waiting(context& c, const std::string& user_code) {
  const auto code = auth::normalise_code(user_code, "user_code");
  if (!code) return std::unexpected(code.error());
  auto found = c.tx.codes().find_user_code(hash_of(c, user_code_purpose, *code));
  if (!found || found->expires_at <= c.now)
    return fail(errc::not_found, "no machine shows this code; it may have expired", "user_code");
  return std::move(*found);
}

}  // namespace

result<outcome<wire::enroll_code_answer>> make_enroll_code(context& c, const user_id& user) {
  const auto code = auth::make_code(c.random);
  const auto normal = auth::normalise_code(code, "code");
  if (!normal) return std::unexpected(normal.error());
  const auto end = c.now + code_life;
  c.tx.codes().insert(models::enroll_code{hash_of(c, enroll_purpose, *normal), user, end});
  return outcome<wire::enroll_code_answer>{{code, format_rfc3339(end)}, {}};
}

result<outcome<enroll_answer>> enroll(context& c, const wire::enroll_request& request,
                                      const models::client& client) {
  const auto code = auth::normalise_code(request.code, "code");
  if (!code) return std::unexpected(code.error());
  if (auto ok = auth::check_challenge(c.keys.nonce, request.nonce, c.now); !ok)
    return std::unexpected(ok.error());
  const auto taken = c.tx.codes().take_enroll_code(hash_of(c, enroll_purpose, *code));
  const auto user = taken && taken->expires_at > c.now ? c.tx.users().find(taken->user) : std::nullopt;
  if (!user)
    return fail(errc::invalid_credentials, "this code does not exist, was used or has expired", "code");
  if (request.kind != "agent") return fail(errc::field_invalid, "a code enrols an \"agent\"", "kind");
  const auto device =
      read_device(c, {request.device_id, request.kind, request.name, request.public_key}, user->id);
  if (!device) return std::unexpected(device.error());
  const auto key = auth::read_device_key(device->public_key, device->kind);
  if (!key) return std::unexpected(key.error());
  const auto text = auth::enroll_proof_text(request.nonce, request.code, device->id);
  if (auto ok = auth::check_proof(*key, text, request.signature); !ok) return std::unexpected(ok.error());
  outcome<enroll_answer> out;
  auto answer = admit_and_sign_in(c, *device, *user, client, out.effects);
  if (!answer) return pass(answer);
  out.reply = std::move(*answer);
  return out;
}

result<outcome<wire::device_code_answer>> start_device_code(context& c,
                                                            const wire::device_code_request& request,
                                                            const models::client& client) {
  if (request.kind != "agent") return fail(errc::field_invalid, "a device code is for an \"agent\"", "kind");
  const auto device =
      read_device(c, {request.device_id, request.kind, request.name, request.public_key}, user_id());
  if (!device) return std::unexpected(device.error());
  if (c.tx.codes().count_device_codes(c.now) >= device_codes_max)
    return fail(errc::busy, "too many machines wait to be confirmed; try again in some minutes");
  models::device_code waiting;
  const auto device_code = c.random.token();
  waiting.device_code_hash = auth::token_hash(device_code_purpose, device_code);
  waiting.device = device->id;
  waiting.name = device->name;
  waiting.public_key = device->public_key;
  waiting.key_sha256 = device->key_sha256;
  waiting.ip = client.ip;
  waiting.created_at = c.now;
  waiting.expires_at = c.now + code_life;
  for (int i = 0; i < user_code_tries; ++i) {
    const auto user_code = auth::make_code(c.random);
    const auto normal = auth::normalise_code(user_code, "user_code");
    if (!normal) return std::unexpected(normal.error());
    waiting.user_code_hash = hash_of(c, user_code_purpose, *normal);
    if (!c.tx.codes().insert(waiting)) continue;
    const auto page = c.settings.public_url + "/#/devices/confirm";
    const auto filled_in = fmt::format("{}?code={}", page, user_code);
    return outcome<wire::device_code_answer>{
        {device_code, user_code, page, filled_in, std::chrono::seconds(code_life).count(),
         std::chrono::seconds(poll_interval).count()},
        {}};
  }
  return fail(errc::busy, "no code is free; try again");
}

result<outcome<polled>> poll_device_code(context& c, const wire::device_token_request& request,
                                         const models::client& client) {
  outcome<polled> out;
  const auto refuse = [&out](errc code, std::string why, std::string field = {}) {
    out.effects = {};
    out.reply.refused = error{code, std::move(why), std::move(field)};
    return out;
  };
  const auto hash = auth::token_hash(device_code_purpose, request.device_code);
  const auto waiting = c.tx.codes().find_device_code(hash);
  if (!waiting || waiting->expires_at <= c.now)
    return refuse(errc::expired_code, "this code does not exist or has expired; start again");
  const auto key = auth::read_device_key(waiting->public_key, models::device_kind::agent);
  if (!key) return std::unexpected(key.error());
  const auto text = auth::device_code_proof_text(request.device_code, waiting->device);
  if (auto ok = auth::check_proof(*key, text, request.signature); !ok)
    return refuse(errc::device_proof_invalid, ok.error().detail, "signature");
  c.tx.codes().set_polled(hash, c.now);
  if (waiting->last_poll_at && c.now - *waiting->last_poll_at < poll_interval - poll_tolerance)
    return refuse(errc::slow_down, "asked again too soon");
  if (waiting->state == models::device_code_state::pending)
    return refuse(errc::authorization_pending, "nobody has confirmed this machine yet");
  c.tx.codes().erase_device_code(hash);
  const auto user = waiting->user ? c.tx.users().find(*waiting->user) : std::nullopt;
  if (waiting->state == models::device_code_state::denied || !user)
    return refuse(errc::access_denied, "this machine was refused");
  const models::device device{waiting->device,
                              user->id,
                              models::device_kind::agent,
                              waiting->name,
                              waiting->public_key,
                              waiting->key_sha256,
                              c.now,
                              std::nullopt};
  auto answer = admit_and_sign_in(c, device, *user, client, out.effects);
  if (!answer) return refuse(answer.error().code, answer.error().detail, answer.error().field);
  out.reply.answer = std::move(*answer);
  return out;
}

result<wire::device_lookup_answer> look_up_device_code(context& c,
                                                       const wire::device_lookup_request& request) {
  const auto waiting = find_waiting(c, request.user_code);
  if (!waiting) return std::unexpected(waiting.error());
  return wire::device_lookup_answer{waiting->device,     waiting->name, "agent",
                                    waiting->key_sha256, waiting->ip,   format_rfc3339(waiting->created_at)};
}

result<outcome<wire::device_confirm_answer>> confirm_device_code(
    context& c, const models::caller& caller, const wire::device_confirm_request& request) {
  const auto waiting = find_waiting(c, request.user_code);
  if (!waiting) return std::unexpected(waiting.error());
  if (waiting->state != models::device_code_state::pending)
    return fail(errc::conflict, "this code was answered before", "user_code");
  if (request.approve) {
    const auto known = c.tx.devices().find(waiting->device);
    if (known && (known->user != caller.user || known->public_key != waiting->public_key))
      return fail(errc::device_taken,
                  "a device of this name is registered with another key or by somebody else", "user_code");
  }
  c.tx.codes().decide(
      waiting->device_code_hash,
      request.approve ? models::device_code_state::approved : models::device_code_state::denied, caller.user);
  return outcome<wire::device_confirm_answer>{{waiting->device}, {}};
}

}  // namespace mesh::services
