#include "core/wire/event_types.hpp"

#include "core/wire/payloads.hpp"
#include "core/wire/terminal_manage.hpp"

#include <algorithm>
#include <array>

namespace mesh::wire {
namespace {

template <class T>
result<json_object> through(const event& e) {
  const auto value = payload_of<T>(e);
  if (!value) return std::unexpected(value.error());
  return make_payload(*value);
}

using enum event_direction;

constexpr auto table = std::to_array<event_type>({
    {"system.hello", to_server, through<system_hello>},
    {"system.welcome", to_client, through<system_welcome>},
    {"system.error", to_client, through<error_info>},
    {"system.resync", to_client, through<system_resync>},
    {"system.ack", to_server, through<system_ack>},
    {"room.join", to_server, through<room_reference>},
    {"room.leave", to_server, through<room_reference>},
    {"room.joined", to_client, through<room_joined>},
    {"room.left", to_client, through<room_left>},
    {"room.updated", to_client, through<room_updated>},
    {"room.deleted", to_client, through<room_reference>},
    {"presence.set", to_server, through<presence_set>},
    {"presence.changed", to_client, through<presence_changed>},
    {"device.changed", to_client, through<device_changed>},
    {"device.revoked", to_client, through<device_reference>},
    {"chat.send", to_server, through<chat_send>},
    {"chat.message", to_client, through<message_info>},
    {"chat.typing", both, nullptr},
    {"p2p.session.request", to_server, through<p2p_session_request>},
    {"p2p.session.created", to_client, through<p2p_session_created>},
    {"p2p.session.renew", to_server, through<p2p_session_reference>},
    {"p2p.session.renewed", to_client, through<p2p_session_renewed>},
    {"p2p.session.close", to_server, through<p2p_session_reference>},
    {"p2p.session.revoked", to_client, through<p2p_session_revoked>},
    {"p2p.relay.created", to_client, through<p2p_relay_created>},
    {"p2p.candidates", both, through<p2p_candidates>},
    {"share.offered", both, through<share_report>},
    {"share.accepted", both, through<share_report>},
    {"share.rejected", both, through<share_report>},
    {"share.progress", both, through<share_report>},
    {"share.done", both, through<share_report>},
    {"share.failed", both, through<share_report>},
    {"share.listed", both, through<share_listed>},
    {"share.control", both, through<share_control>},
    {"rtc.offer", forwarded, through<rtc_description>},
    {"rtc.answer", forwarded, through<rtc_description>},
    {"rtc.ice", forwarded, through<rtc_ice>},
    {"terminal.shared", both, nullptr},
    {"terminal.manage", both, through<terminal_manage>},
    {"terminal.managed", both, through<terminal_managed>},
    {"terminal.control.request", both, through<terminal_control>},
    {"terminal.control.granted", both, through<terminal_control>},
    {"terminal.control.denied", both, through<terminal_control>},
    {"terminal.control.revoked", both, through<terminal_control>},
    {"notify.message", to_client, through<notify_message>},
});

// A client says only what happens; the server adds who.
result<json_object> typing(const event& e) {
  return e.payload.contains("user_id") ? through<chat_typing>(e) : through<room_reference>(e);
}
result<json_object> shared_terminal(const event& e) {
  return e.payload.contains("user_id") ? through<terminal_shared>(e) : through<terminal_offer>(e);
}

constexpr auto types = [] {
  auto all = table;
  for (auto& t : all)
    if (t.normalise == nullptr) t.normalise = t.name == "chat.typing" ? typing : shared_terminal;
  return all;
}();

}  // namespace

std::span<const event_type> event_types() {
  return types;
}

const event_type* find_event_type(std::string_view name) {
  const auto* const found = std::ranges::find(types, name, &event_type::name);
  return found == types.end() ? nullptr : found;
}

}  // namespace mesh::wire
