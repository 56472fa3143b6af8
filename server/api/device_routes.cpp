// Devices, one-use codes and device codes (RFC 8628).
#include "core/wire/device_bodies.hpp"
#include "server/api/http_status.hpp"
#include "server/api/make_route.hpp"
#include "server/api/routes.hpp"
#include "server/services/enrolment.hpp"
#include "server/services/lost_device.hpp"

namespace mesh::api {
namespace {

using models::caller;
using services::context;
using answer = io::task<result<net::http_response>>;

answer challenge(call& c, wire::empty_body) {
  if (const auto wait = c.limits.knock(c.client.ip); wait.count() > 0) co_return rate_limited(wait);
  auto make = [](context& x) -> result<wire::challenge_answer> { return services::make_challenge(x); };
  const auto made = co_await read(c.with, std::move(make));
  if (!made) co_return std::unexpected(made.error());
  co_return write_answer(200, *made);
}

answer register_device(call& c, wire::device_request body) {
  auto work = [who = c.caller, body = std::move(body), client = c.client](context& x) {
    return services::register_device(x, who, body, client);
  };
  const auto done = co_await change(c.with, std::move(work));
  if (!done) co_return std::unexpected(done.error());
  co_return write_answer(done->created ? 201 : 200, done->answer);
}

answer list_devices(call& c) {
  const auto scope = net::query_value(c.http.query, "scope").value_or("own");
  if (scope != "own" && scope != "peers")
    co_return fail(errc::field_invalid, "\"scope\" is \"own\" or \"peers\"", "scope");
  const auto wanted = scope == "own" ? services::device_scope::own : services::device_scope::peers;
  auto work = [who = c.caller, wanted](context& x) { return services::list_devices(x, who, wanted); };
  co_return co_await answer_read(c, 200, std::move(work));
}

answer enroll(call& c, wire::enroll_request body) {
  if (const auto wait = c.limits.knock(c.client.ip); wait.count() > 0) co_return rate_limited(wait);
  auto work = [body = std::move(body), client = c.client](context& x) {
    return services::enroll(x, body, client);
  };
  co_return co_await answer_change(c, 200, std::move(work));
}

answer start_code(call& c, wire::device_code_request body) {
  if (const auto wait = c.limits.knock(c.client.ip); wait.count() > 0) co_return rate_limited(wait);
  auto work = [body = std::move(body), client = c.client](context& x) {
    return services::start_device_code(x, body, client);
  };
  co_return co_await answer_change(c, 200, std::move(work));
}

answer poll_code(call& c, wire::device_token_request body) {
  if (const auto wait = c.limits.knock(c.client.ip); wait.count() > 0) co_return rate_limited(wait);
  auto work = [body = std::move(body), client = c.client](context& x) {
    return services::poll_device_code(x, body, client);
  };
  const auto done = co_await change(c.with, std::move(work));
  if (!done) co_return std::unexpected(done.error());
  if (done->refused) co_return std::unexpected(*done->refused);
  co_return write_answer(200, done->answer);
}

answer look_up_code(call& c, wire::device_lookup_request body) {
  if (const auto wait = c.limits.code(c.caller.user); wait.count() > 0) co_return rate_limited(wait);
  auto work = [body = std::move(body)](context& x) { return services::look_up_device_code(x, body); };
  co_return co_await answer_read(c, 200, std::move(work));
}

answer confirm_code(call& c, wire::device_confirm_request body) {
  if (const auto wait = c.limits.code(c.caller.user); wait.count() > 0) co_return rate_limited(wait);
  auto work = [who = c.caller, body = std::move(body)](context& x) {
    return services::confirm_device_code(x, who, body);
  };
  co_return co_await answer_change(c, 200, std::move(work));
}

}  // namespace

std::vector<route> device_routes() {
  std::vector<route> table;
  table.push_back(make_route<wire::empty_body, wire::challenge_answer>(
      "POST", "/api/auth/challenge", access::open, "A nonce to sign as proof of a device key", {200},
      challenge));
  table.push_back(make_route<wire::device_request, wire::device_answer>(
      "POST", "/api/devices", access::signed_in, "Register a device with proof of its key", {201, 200},
      register_device));
  table.push_back(make_route<none, wire::device_list>(
      "GET", "/api/devices", access::signed_in, "Your devices, and those of people you share a room with",
      {200}, list_devices));
  table.back().query = {{"scope", "string", "own (default) or peers"}};
  table.push_back(make_writer<wire::empty_body, wire::enroll_code_answer>(
      "POST", "/api/devices/enroll-code", "A one-use code that enrols a machine", 201,
      [](context& x, const caller& who, const parameters&, const wire::empty_body&) {
        return services::make_enroll_code(x, who.user);
      }));
  table.push_back(make_writer<wire::rename_device_request, wire::device_answer>(
      "PATCH", "/api/devices/{device_id}", "Rename a device", 200,
      [](context& x, const caller& who, const parameters& path, const wire::rename_device_request& body) {
        return services::rename_device(x, who, device_id(parameter(path, "device_id")), body);
      }));
  table.push_back(make_writer<none, none>(
      "DELETE", "/api/devices/{device_id}", "Revoke a device: its sign-ins, sockets and sessions end", 204,
      [](context& x, const caller& who, const parameters& path) {
        return services::revoke_device(x, who, device_id(parameter(path, "device_id")));
      }));
  table.push_back(make_writer<wire::empty_body, wire::lost_device_answer>(
      "POST", "/api/devices/{device_id}/lost", "Revoke a lost device and say what it could read", 200,
      [](context& x, const caller& who, const parameters& path, const wire::empty_body&) {
        return services::report_lost(x, who, device_id(parameter(path, "device_id")));
      }));
  table.push_back(make_route<wire::enroll_request, services::enroll_answer>(
      "POST", "/api/auth/enroll", access::open, "Enrol a machine with a one-use code", {200}, enroll));
  table.push_back(make_route<wire::device_code_request, wire::device_code_answer>(
      "POST", "/api/auth/device/start", access::open, "Ask for a code that a person confirms (RFC 8628)",
      {200}, start_code));
  table.push_back(make_route<wire::device_token_request, services::enroll_answer>(
      "POST", "/api/auth/device/token", access::open, "The tokens, once a person confirmed", {200},
      poll_code));
  table.push_back(make_route<wire::device_lookup_request, wire::device_lookup_answer>(
      "POST", "/api/auth/device/lookup", access::signed_in, "Which machine shows a code", {200},
      look_up_code));
  table.push_back(make_route<wire::device_confirm_request, wire::device_confirm_answer>(
      "POST", "/api/auth/device/confirm", access::signed_in, "Let a machine in, or refuse it", {200},
      confirm_code));
  return table;
}

}  // namespace mesh::api
