// The envelope of every WebSocket message, both ways (contract, section 4).
#pragma once
#include "core/base/clock.hpp"
#include "core/wire/json.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mesh::wire {

// {"type":"room.join","id":"…","timestamp":"2026-01-04T23:00:00.000Z","from":"…","to":"…","payload":{}}
// from and to: "user:ID", "device:NAME", "room:ID" or "server". seq: position in the receiver's durable log,
// only on durable events. reply_to: the id of the event that this one answers.
struct event {
  std::string type;
  std::string id;
  std::string timestamp;
  std::string from;
  std::string to;
  std::optional<std::int64_t> seq;
  std::optional<std::string> reply_to;
  json_object payload;
};
BOOST_DESCRIBE_STRUCT(event, (), (type, id, timestamp, from, to, seq, reply_to, payload))

// Accepts what a client sends: only "type" is required. A bare system.hello may carry device_id beside type;
// any top-level key that is not of the envelope moves into the payload. Errors: invalid_json, invalid_utf8,
// json_too_deep, too_large, field_missing, field_type, field_too_long.
result<event> parse_event(std::string_view text);
std::string render_event(const event& e);

}  // namespace mesh::wire
