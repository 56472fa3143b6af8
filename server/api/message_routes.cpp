// Chat over REST: history, and sending for those without a WebSocket.
#include "core/wire/room_bodies.hpp"
#include "server/api/http_status.hpp"
#include "server/api/make_route.hpp"
#include "server/api/routes.hpp"
#include "server/services/chat.hpp"

#include <charconv>

namespace mesh::api {
namespace {

using services::context;
using answer = io::task<result<net::http_response>>;

// A query parameter as a number. Errors: field_type, field_invalid when negative.
result<std::optional<std::int64_t>> number_of(const std::string& query, const char* name) {
  const auto text = net::query_value(query, name);
  if (!text) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (code != std::errc() || end != text->data() + text->size() || text->empty())
    return fail(errc::field_type, "a whole number is expected", name);
  if (value < 0) return fail(errc::field_invalid, "the number may not be negative", name);
  return value;
}

answer list(call& c) {
  const auto before = number_of(c.http.query, "before");
  if (!before) co_return std::unexpected(before.error());
  const auto after = number_of(c.http.query, "after");
  if (!after) co_return std::unexpected(after.error());
  const auto limit = number_of(c.http.query, "limit");
  if (!limit) co_return std::unexpected(limit.error());
  const services::message_query query{*before, *after, *limit};
  auto work = [who = c.caller, room = room_id(c.at("room_id")), query](context& x) {
    return services::list_messages(x, who, room, query);
  };
  co_return co_await answer_read(c, 200, std::move(work));
}

answer send(call& c, wire::message_request body) {
  if (const auto wait = c.limits.message(c.caller.user); wait.count() > 0) co_return rate_limited(wait);
  auto work = [who = c.caller, room = room_id(c.at("room_id")), body = std::move(body)](context& x) {
    return services::send_message(x, who, room, body);
  };
  const auto done = co_await change(c.with, std::move(work));
  if (!done) co_return std::unexpected(done.error());
  const wire::message_answer reply{done->message};
  co_return write_answer(done->created ? 201 : 200, reply);
}

}  // namespace

std::vector<route> message_routes() {
  std::vector<route> table;
  table.push_back(make_route<none, wire::message_list>(
      "GET", "/api/rooms/{room_id}/messages", access::signed_in, "Messages, oldest first", {200}, list));
  table.back().query = {{"before", "integer", "only messages before this seq"},
                        {"after", "integer", "only messages after this seq"},
                        {"limit", "integer", "how many at most: 1 to 200, default 50"}};
  table.push_back(make_route<wire::message_request, wire::message_answer>(
      "POST", "/api/rooms/{room_id}/messages", access::signed_in, "Send a message", {201, 200}, send));
  return table;
}

}  // namespace mesh::api
