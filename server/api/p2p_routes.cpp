// Sessions between two devices, and the terminals that can be seen in one.
#include "core/wire/payloads.hpp"
#include "server/api/http_status.hpp"
#include "server/api/make_route.hpp"
#include "server/api/p2p_request.hpp"
#include "server/api/routes.hpp"
#include "server/services/terminal_offers.hpp"

namespace mesh::api {
namespace {

using services::context;

io::task<result<net::http_response>> open(call& c, wire::p2p_session_request body) {
  if (const auto wait = c.limits.session(c.caller.user); wait.count() > 0) co_return rate_limited(wait);
  const auto done = co_await request_session(c.with, c.caller, std::move(body));
  if (!done) co_return std::unexpected(done.error());
  co_return write_answer(200, *done);
}

// The target hears of its place first, so that a page never waits for a machine that does not come.
io::task<result<net::http_response>> relay(call& c) {
  if (const auto wait = c.limits.session(c.caller.user); wait.count() > 0) co_return rate_limited(wait);
  const session_id id(parameter(c.path, "session_id"));
  auto permit = [caller = c.caller, id](context& x) { return services::permit_relay(x, caller, id); };
  const auto allowed = co_await read(c.with, std::move(permit));
  if (!allowed) co_return std::unexpected(allowed.error());
  auto places = c.with.open_relay(id, allowed->payer, allowed->until);
  if (!places) co_return pass(places);
  const auto expires_at = format_rfc3339_seconds(places->expires_at);
  wire::event told;
  told.type = "p2p.relay.created";
  told.to = "device:" + allowed->target.str();
  told.payload =
      wire::make_payload(wire::p2p_relay_created{id, std::move(places->target_ticket), expires_at});
  if (!co_await c.with.deliver_and_await_ack(allowed->target, std::move(told)))
    co_return fail(errc::peer_offline, "the target device did not answer in time");
  co_return write_answer(
      200, wire::p2p_relay_answer{id, std::move(places->initiator_ticket), expires_at, allowed->public_key});
}

// Both endpoints are always there, and null when the server does not know one.
void describe_endpoints(wire::json_value& answer) {
  auto endpoints = schema_of<wire::endpoints_info>(openness::growing);
  auto& sides = endpoints.at("properties").as_object();
  boost::json::array names;
  for (auto& [name, schema] : sides) {
    schema.at("type") = {"object", "null"};
    names.emplace_back(name);
  }
  endpoints.as_object().emplace("required", std::move(names));
  answer.at("properties").at("endpoints") = std::move(endpoints);
}

}  // namespace

std::vector<route> p2p_routes() {
  std::vector<route> table;
  table.push_back(make_route<wire::p2p_session_request, wire::p2p_session_answer>(
      "POST", "/api/p2p/sessions", access::signed_in, "Open a session between two devices", {200}, open));
  describe_endpoints(table.back().answer);
  table.push_back(
      make_reader<wire::p2p_session_list>("/api/p2p/sessions", "Your live sessions",
                                          [](context& x, const models::caller& who, const parameters&) {
                                            return services::list_sessions(x, who);
                                          }));
  table.push_back(
      make_reader<wire::terminal_list>("/api/terminals", "The shared terminals that you may look at now",
                                       [](context& x, const models::caller& who, const parameters&) {
                                         return services::list_terminals(x, who);
                                       }));
  table.push_back(make_route<none, wire::p2p_relay_answer>(
      "POST", "/api/p2p/sessions/{session_id}/relay", access::signed_in,
      "A place at the relay of last resort, for a page that cannot reach the machine", {200}, relay));
  table.push_back(make_writer<none, none>(
      "DELETE", "/api/p2p/sessions/{session_id}", "Revoke a session", 204,
      [](context& x, const models::caller& who, const parameters& path) {
        auto everywhere = who;  // a person may end what another device of theirs began
        everywhere.device.reset();
        return services::close_session(x, everywhere, session_id(parameter(path, "session_id")), "revoked");
      }));
  return table;
}

}  // namespace mesh::api
