#include "server/services/publish.hpp"

#include <iterator>

namespace mesh::services {

wire::event make_event(const context& c, std::string_view type, wire::json_object payload) {
  wire::event e;
  e.type = type;
  e.id = c.random.id<event_id>().str();
  e.timestamp = format_rfc3339(c.now);
  e.from = "server";
  e.payload = std::move(payload);
  return e;
}

void publish(const context& c, models::effects& effects, std::string_view type, wire::json_object payload,
             std::vector<user_id> users) {
  if (users.empty()) return;
  models::outgoing out;
  out.event = make_event(c, type, std::move(payload));
  out.users = std::move(users);
  effects.events.push_back(std::move(out));
}

void publish_durable(context& c, models::effects& effects, std::string_view type, wire::json_object payload,
                     std::vector<user_id> users) {
  if (users.empty()) return;
  models::outgoing out;
  out.event = make_event(c, type, std::move(payload));
  const auto text = wire::render_event(out.event);
  for (const auto& user : users) out.seqs.push_back(c.tx.events().append(user, text, c.now));
  out.users = std::move(users);
  effects.events.push_back(std::move(out));
}

std::vector<user_id> members_of(context& c, const room_id& room) {
  return c.tx.rooms().member_ids(room);
}

std::vector<user_id> others_of(context& c, const room_id& room, const user_id& except) {
  auto users = members_of(c, room);
  std::erase(users, except);
  return users;
}

std::vector<user_id> with_peers(context& c, const user_id& user) {
  auto users = c.tx.rooms().peers(user);
  users.push_back(user);
  return users;
}

void append(models::effects& to, models::effects from) {
  std::ranges::move(from.events, std::back_inserter(to.events));
  std::ranges::move(from.disconnects, std::back_inserter(to.disconnects));
}

}  // namespace mesh::services
