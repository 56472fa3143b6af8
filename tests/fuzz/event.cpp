#include "core/wire/event.hpp"

#include "core/wire/event_types.hpp"
#include "tests/fuzz/targets.hpp"

#include <algorithm>

namespace mesh::fuzz {
namespace {

// Boost.JSON reads a long fraction to within one unit of its last place, so its text may change once.
bool has_fraction(const wire::json_value& value) {
  if (const auto* object = value.if_object())
    return std::ranges::any_of(*object, [](const auto& entry) { return has_fraction(entry.value()); });
  if (const auto* array = value.if_array()) return std::ranges::any_of(*array, has_fraction);
  return value.is_double();
}

}  // namespace

void event(bytes_view data) {
  const auto first = wire::parse_event(as_text(data));
  if (!first) {
    require(!first.error().detail.empty(), "an error says why");
    return;
  }
  const auto text = wire::render_event(*first);
  // Rendering may be longer than the limit of parsing: escapes grow.
  if (text.size() > limits::ws_message_bytes_max) return;
  const auto second = wire::parse_event(text);
  require(second.has_value(), "an event survives rendering");
  require(has_fraction(first->payload) || wire::render_event(*second) == text, "an event survives rendering");
  if (const auto* type = wire::find_event_type(first->type)) {
    const auto payload = type->normalise(*first);
    require(payload || !payload.error().detail.empty(), "an error says why");
  }
}

}  // namespace mesh::fuzz
