#include "agent/app/commands.hpp"
#include "agent/app/ping_view.hpp"

#include <cmath>

namespace mesh::app {

result<void> ping(context& c) {
  wire::json_object body{{"to", c.asked.to},
                         {"count", c.asked.pings},
                         {"interval_ms", static_cast<std::int64_t>(std::lround(c.asked.interval * 1000))}};
  if (!c.asked.room.empty()) body["room"] = c.asked.room;
  auto agent = c.open(need::node);
  if (!agent) return pass(agent);
  const auto print_event = [&](std::string_view type, const wire::json_object& payload) {
    if (!c.asked.json) return print(ping_words(type, payload));
    wire::json_object line{{"event", type}};
    for (const auto& [key, value] : payload) line[key] = value;
    print_json_line(line);
  };
  const auto done = (*agent)->ask("ping", std::move(body), print_event);
  if (!done) return std::unexpected(done.error());
  if (c.asked.json)
    print_event("summary", *done);
  else
    print(ping_summary(*done));
  return {};
}

}  // namespace mesh::app
