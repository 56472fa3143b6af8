#include "agent/app/commands.hpp"
#include "agent/app/peer_choice.hpp"
#include "agent/app/short_code.hpp"
#include "agent/app/table.hpp"
#include "agent/app/terminal.hpp"
#include "core/base/escape.hpp"
#include "core/crypto/random.hpp"
#include "core/net/http.hpp"
#include "core/text/catalogue.hpp"
#include "core/wire/rest_bodies.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace mesh::app {
namespace {

using text::tr;

result<wire::device_list> peers(asker& agent) {
  return agent.get<wire::device_list>("/api/devices?scope=peers");
}

result<std::string> own_device(asker& agent) {
  auto status = agent.ask("status", {});
  if (!status) return pass(status);
  return std::string(status->at("device_id").as_string());
}

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

result<void> list_devices(context& c) {
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  auto list = peers(**agent);
  if (!list) return pass(list);
  if (c.asked.json) {
    print_json(wire::to_json(*list));
    return {};
  }
  const auto own = own_device(**agent);
  table out({tr("devices.head"), tr("devices.owner"), tr("devices.kind"), tr("devices.state")});
  for (const auto& d : list->devices) {
    auto state = tr(d.online ? "devices.online" : "devices.offline");
    if (own && d.device_id.str() == *own) state += ", " + tr("devices.this");
    out.add({d.device_id.str(), d.username, d.kind, state});
  }
  print(out.empty() ? tr("devices.none") + "\n" : out.str());
  return {};
}

result<void> verify_device(context& c) {
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  auto list = peers(**agent);
  if (!list) return pass(list);
  auto status = (*agent)->ask("status", {});
  if (!status) return pass(status);
  const std::string own_id(status->at("device_id").as_string());
  const std::string own_key(status->at("key_sha256").as_string());
  const auto peer = choose_peer(list->devices, c.asked.to, own_id);
  if (!peer) return std::unexpected(peer.error());
  const auto code = short_code(own_key, peer->key_sha256);
  if (c.asked.json) {
    print_json({{"device_id", peer->device_id.str()}, {"key_sha256", peer->key_sha256}, {"code", code}});
    return {};
  }
  print(tr("devices.verify", peer->device_id.str(), escape_controls(peer->username), code, own_id) + "\n");
  return {};
}

result<void> confirm_device(context& c) {
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  const auto who = (*agent)->post<wire::device_lookup_answer>("/api/auth/device/lookup",
                                                              wire::device_lookup_request{c.asked.code});
  if (!who) return std::unexpected(who.error());
  // Without a terminal the person has typed the code already, which is the consent.
  const bool approve = !is_terminal(0) || ask_yes(tr("devices.confirm.ask", who->device_id.str(),
                                                     escape_controls(who->name), escape_controls(who->ip)));
  const auto done = (*agent)->post<wire::device_confirm_answer>(
      "/api/auth/device/confirm", wire::device_confirm_request{c.asked.code, approve});
  if (!done) return std::unexpected(done.error());
  print(tr(approve ? "devices.confirm.done" : "devices.confirm.refused", done->device_id.str()) + "\n");
  return {};
}

result<void> add_device(context& c) {
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  const auto code = (*agent)->post<wire::enroll_code_answer>("/api/devices/enroll-code", wire::empty_body{});
  if (!code) return std::unexpected(code.error());
  if (c.asked.json) {
    print_json(wire::to_json(*code));
    return {};
  }
  auto status = (*agent)->ask("status", {});
  if (!status) return pass(status);
  print(tr("devices.add.done", code->code, std::string(status->at("server_url").as_string()),
           code->expires_at) +
        "\n");
  return {};
}

result<void> remove_device(context& c) {
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  auto done = (*agent)->ask(
      "rest", {{"method", "DELETE"}, {"path", "/api/devices/" + net::percent_encode(c.asked.to)}});
  if (!done) return pass(done);
  print(tr("devices.remove.done", c.asked.to) + "\n");
  return {};
}

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
