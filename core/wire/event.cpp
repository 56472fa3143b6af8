#include "core/wire/event.hpp"

#include <algorithm>
#include <array>

namespace mesh::wire {
namespace {

constexpr auto envelope_keys =
    std::to_array<std::string_view>({"type", "id", "timestamp", "from", "to", "seq", "reply_to", "payload"});
constexpr std::size_t type_chars_max = 64;
constexpr std::size_t envelope_text_chars_max = 128;
constexpr detail::place document;

result<void> read_text(const json_object& object, std::string_view key, std::size_t chars_max,
                       std::string& to) {
  const auto* value = object.if_contains(boost::json::string_view(key.data(), key.size()));
  if (value == nullptr || value->is_null()) return {};
  if (auto done = detail::read_string(*value, to, {&document, key}); !done) return done;
  if (to.size() > chars_max)
    return fail(errc::field_too_long, "\"" + std::string(key) + "\" is too long", std::string(key));
  return {};
}

// Levels of nesting: 0 for a number or a text.
std::size_t depth(const json_value& value) {
  std::size_t below = 0;
  if (const auto* object = value.if_object())
    for (const auto& entry : *object) below = std::max(below, depth(entry.value()));
  else if (const auto* array = value.if_array())
    for (const auto& item : *array) below = std::max(below, depth(item));
  else
    return 0;
  return below + 1;
}

// Moves the keys that stand beside "type" and are not of the envelope into the payload. There they lie one
// level deeper, and the event that is written from this one must not be too deep for its reader.
result<void> gather_payload(json_object& object, event& e) {
  for (auto& entry : object) {
    const std::string_view key = entry.key();
    if (std::ranges::find(envelope_keys, key) != envelope_keys.end() || e.payload.contains(key)) continue;
    if (depth(entry.value()) + 2 > limits::json_depth_max)
      return fail(errc::json_too_deep, "\"" + std::string(key) + "\" is nested too deep", std::string(key));
    e.payload.emplace(key, std::move(entry.value()));
  }
  return {};
}

}  // namespace

result<event> parse_event(std::string_view text) {
  auto value = parse_json(text, limits::ws_message_bytes_max);
  if (!value) return pass(value);
  if (!value->is_object()) return fail(errc::field_type, "an event is a JSON object");
  auto& object = value->get_object();
  event e;
  if (!object.contains("type")) return fail(errc::field_missing, "\"type\" is missing", "type");
  if (auto done = read_text(object, "type", type_chars_max, e.type); !done) return pass(std::move(done));
  if (e.type.empty()) return fail(errc::field_type, "a string is expected", "type");
  for (const auto& [key, to] : {std::pair<std::string_view, std::string*>{"id", &e.id},
                                {"timestamp", &e.timestamp},
                                {"from", &e.from},
                                {"to", &e.to}})
    if (auto done = read_text(object, key, envelope_text_chars_max, *to); !done) return pass(std::move(done));
  std::string reply_to;
  if (auto done = read_text(object, "reply_to", envelope_text_chars_max, reply_to); !done)
    return pass(std::move(done));
  if (!reply_to.empty()) e.reply_to = std::move(reply_to);
  if (const auto* seq = object.if_contains("seq"); seq != nullptr && !seq->is_null()) {
    const auto number =
        detail::read_signed(*seq, 0, std::numeric_limits<std::int64_t>::max(), {&document, "seq"});
    if (!number) return std::unexpected(number.error());
    e.seq = *number;
  }
  if (auto* payload = object.if_contains("payload"); payload != nullptr && !payload->is_null()) {
    if (!payload->is_object()) return fail(errc::field_type, "an object is expected", "payload");
    e.payload = std::move(payload->get_object());
  }
  if (auto done = gather_payload(object, e); !done) return pass(std::move(done));
  return e;
}

std::string render_event(const event& e) {
  return render(e);
}

}  // namespace mesh::wire
