// Every event type of the contract and the payload it carries, for validation, documentation and golden
// vectors.
#pragma once
#include "core/wire/event.hpp"

#include <span>
#include <string_view>

namespace mesh::wire {

// direction: who sends it. Forwarded events travel from one client to another through the server.
enum class event_direction { to_server, to_client, both, forwarded };

struct event_type {
  std::string_view name;
  event_direction direction;
  // Reads the payload into its struct and writes it back. Errors: those of from_json.
  result<json_object> (*normalise)(const event&);
};

std::span<const event_type> event_types();
// nullptr when the type is not one of ours.
const event_type* find_event_type(std::string_view name);

}  // namespace mesh::wire
