#include "agent/app/commands.hpp"
#include "core/text/plural.hpp"

#include <chrono>
#include <cmath>

namespace mesh::app {
namespace {

using text::tr;

double number(const wire::json_object& o, std::string_view key) {
  const auto* value = o.if_contains(key);
  if (value == nullptr) return 0;
  boost::system::error_code ignored;
  return value->to_number<double>(ignored);
}

std::string word(const wire::json_object& o, std::string_view key) {
  const auto* value = o.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

void show(std::string_view type, const wire::json_object& payload) {
  if (type == "connected")
    print(tr("ping.connected", word(payload, "device_id"), word(payload, "address")) + "\n");
  if (type == "pong")
    print(tr("ping.pong", static_cast<std::int64_t>(number(payload, "number")), number(payload, "rtt_ms")) +
          "\n");
}

}  // namespace

result<void> ping(context& c) {
  wire::json_object body{{"to", c.asked.to},
                         {"count", c.asked.pings},
                         {"interval_ms", static_cast<std::int64_t>(std::lround(c.asked.interval * 1000))}};
  if (!c.asked.room.empty()) body["room"] = c.asked.room;
  auto agent = c.open(need::node);
  if (!agent) return pass(agent);
  const auto print_event = [&](std::string_view type, const wire::json_object& payload) {
    if (!c.asked.json) return show(type, payload);
    wire::json_object line{{"event", type}};
    for (const auto& [key, value] : payload) line[key] = value;
    print(wire::to_text(line) + "\n");
  };
  const auto done = (*agent)->ask("ping", std::move(body), print_event);
  if (!done) return std::unexpected(done.error());
  if (c.asked.json)
    print_event("summary", *done);
  else
    print(text::tr_count("ping.summary", static_cast<std::uint64_t>(number(*done, "count")),
                         number(*done, "min_ms"), number(*done, "median_ms"), number(*done, "p95_ms"),
                         number(*done, "max_ms")) +
          "\n");
  return {};
}

}  // namespace mesh::app
