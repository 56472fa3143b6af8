// Chat: each message gets the room's next seq and goes to every member; the sender's copy is the
// acknowledgement.
#pragma once
#include "server/services/rooms.hpp"

namespace mesh::services {

struct sent_message {
  bool created = false;  // false: this client_id was sent before, and nothing goes to the others again
  wire::message_info message;
};
// reply_to: the id of the event that asked, repeated to the sender's own connections. Errors: not_found,
// field_too_short, field_invalid.
result<outcome<sent_message>> send_message(context& c, const models::caller& caller, const room_id& room,
                                           const wire::message_request& request,
                                           const std::optional<std::string>& reply_to = {});

// before, after: as in message_range. limit 1 to 200, default 50. Errors: not_found, field_invalid.
struct message_query {
  std::optional<std::int64_t> before;
  std::optional<std::int64_t> after;
  std::optional<std::int64_t> limit;
};
result<wire::message_list> list_messages(context& c, const models::caller& caller, const room_id& room,
                                         const message_query& query);

}  // namespace mesh::services
