#include "server/services/chat.hpp"

#include "core/base/escape.hpp"
#include "core/base/limits.hpp"
#include "server/services/publish.hpp"
#include "server/services/views.hpp"

#include <fmt/format.h>

namespace mesh::services {
namespace {

constexpr std::int64_t list_limit_default = 50;
constexpr std::int64_t list_limit_max = 200;

result<void> check(const wire::message_request& request) {
  if (request.text.find_first_not_of(" \t\r\n") == std::string::npos)
    return fail(errc::field_too_short, "a message needs some text", "text");
  if (request.text.contains('\0')) return fail(errc::field_invalid, "a message holds no NUL", "text");
  if (request.client_id.empty())
    return fail(errc::field_too_short, "\"client_id\" may not be empty", "client_id");
  if (escape_controls(request.client_id) != request.client_id)
    return fail(errc::field_invalid, "\"client_id\" holds no control characters", "client_id");
  return {};
}

}  // namespace

result<outcome<sent_message>> send_message(context& c, const models::caller& caller, const room_id& room,
                                           const wire::message_request& request,
                                           const std::optional<std::string>& reply_to) {
  const auto found = require(c, caller, room, room_action::chat);
  if (!found) return std::unexpected(found.error());
  if (auto ok = check(request); !ok) return std::unexpected(ok.error());

  outcome<sent_message> out;
  models::message message{c.random.id<message_id>(), room, 0, caller.user, caller.username, request.text,
                          request.client_id,         c.now};
  const auto seq = c.tx.messages().append(message);
  out.reply.created = seq.has_value();
  if (seq) {
    message.seq = *seq;
  } else if (auto earlier = c.tx.messages().find_by_client_id(room, caller.user, request.client_id)) {
    message = std::move(*earlier);
  }
  out.reply.message = view(message);
  auto payload = wire::make_payload(out.reply.message);
  if (out.reply.created) publish(c, out.effects, "chat.message", payload, others_of(c, room, caller.user));
  publish(c, out.effects, "chat.message", std::move(payload), {caller.user});
  out.effects.events.back().event.reply_to = reply_to;
  for (auto& outgoing : out.effects.events) {
    outgoing.event.from = "user:" + caller.user.str();
    outgoing.event.to = "room:" + room.str();
  }
  return out;
}

result<wire::message_list> list_messages(context& c, const models::caller& caller, const room_id& room,
                                         const message_query& query) {
  const auto found = require_member(c, caller, room);
  if (!found) return std::unexpected(found.error());
  const auto limit = query.limit.value_or(list_limit_default);
  if (limit < 1 || limit > list_limit_max)
    return fail(errc::field_invalid, fmt::format("\"limit\" is between 1 and {}", list_limit_max), "limit");
  // One more than asked for tells whether there are more.
  auto messages = c.tx.messages().list(room, {query.before, query.after, limit + 1});
  wire::message_list list;
  list.has_more = std::ssize(messages) > limit;
  if (list.has_more) messages.erase(query.after ? messages.end() - 1 : messages.begin());
  for (const auto& message : messages) list.messages.push_back(view(message));
  return list;
}

}  // namespace mesh::services
