#include "agent/app/commands.hpp"
#include "agent/app/table.hpp"
#include "agent/app/terminal.hpp"
#include "core/base/escape.hpp"
#include "core/crypto/random.hpp"
#include "core/text/catalogue.hpp"
#include "core/wire/rest_bodies.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace mesh::app {
namespace {

using text::tr;

// A room by id, or by its name without regard to case when only one has it.
result<wire::room_info> find_room(asker& agent, const std::string& wanted) {
  auto list = agent.get<wire::room_list>("/api/rooms");
  if (!list) return pass(list);
  std::vector<const wire::room_info*> found;
  for (const auto& room : list->rooms)
    if (room.id.str() == wanted) return room;
  for (const auto& room : list->rooms)
    if (room.name == wanted) found.push_back(&room);
  if (found.empty()) return fail(errc::not_found, fmt::format("no room \"{}\"", wanted), "room");
  if (found.size() > 1)
    return fail(errc::conflict, fmt::format("several rooms are called \"{}\"; use the id", wanted), "room");
  return *found.front();
}

std::string message_line(const wire::message_info& m) {
  return fmt::format("{}  {}: {}\n", m.created_at, escape_controls(m.username), escape_controls(m.text));
}

}  // namespace

result<void> list_rooms(context& c) {
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  const auto list = (*agent)->get<wire::room_list>("/api/rooms");
  if (!list) return std::unexpected(list.error());
  if (c.asked.json) {
    print_json(wire::to_json(*list));
    return {};
  }
  table out({tr("rooms.head"), tr("rooms.role"), tr("rooms.people"), "ID"});
  for (const auto& room : list->rooms) {
    std::string people;
    for (const auto& m : room.members)
      people += (people.empty() ? "" : ", ") + m.username + (m.online ? "*" : "");
    out.add({room.name, room.role, people, room.id.str()});
  }
  print(out.empty() ? tr("rooms.none") + "\n" : out.str());
  return {};
}

result<void> chat(context& c) {
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  const auto room = find_room(**agent, c.asked.room);
  if (!room) return std::unexpected(room.error());
  const auto path = fmt::format("/api/rooms/{}/messages", room->id.str());
  if (!c.asked.words.empty()) {
    const auto sent = (*agent)->post<wire::message_answer>(
        path,
        wire::message_request{fmt::format("{}", fmt::join(c.asked.words, " ")), crypto::random_text(16)});
    if (!sent) return std::unexpected(sent.error());
    if (c.asked.json)
      print_json(wire::to_json(*sent));
    else
      print(tr("chat.sent", escape_controls(room->name)) + "\n");
    return {};
  }
  const auto list = (*agent)->get<wire::message_list>(fmt::format("{}?limit={}", path, c.asked.last));
  if (!list) return std::unexpected(list.error());
  if (c.asked.json) {
    print_json(wire::to_json(*list));
    return {};
  }
  if (list->messages.empty()) print(tr("chat.none") + "\n");
  for (const auto& m : list->messages) print(message_line(m));
  return {};
}

}  // namespace mesh::app
