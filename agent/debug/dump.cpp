#include "agent/debug/dump.hpp"

#include "agent/debug/format.hpp"
#include "core/base/escape.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <boost/json/array.hpp>
#include <fmt/format.h>

namespace mesh::debug {
namespace {

constexpr std::string_view mask = "********";

bool is_secret(std::string_view key) noexcept {
  constexpr auto keys = std::to_array<std::string_view>(
      {"token", "session_token", "access_token", "refresh_token", "auth_token", "ticket", "password",
       "current_password", "new_password", "device_code", "user_code", "proof"});
  return std::ranges::find(keys, key) != keys.end();
}

// Values that are no objects or arrays are masked under a secret key; below it everything is looked at by its
// own key.
void mask_secrets(wire::json_value& value) {
  if (auto* const array = value.if_array())
    for (auto& item : *array) mask_secrets(item);
  auto* const object = value.if_object();
  if (object == nullptr) return;
  for (auto& entry : *object) {
    if (entry.value().is_structured())
      mask_secrets(entry.value());
    else if (is_secret(std::string_view(entry.key())) && !entry.value().is_null())
      entry.value() = boost::json::string_view(mask.data(), mask.size());
  }
}

// As the words around it.
std::string english(std::uint64_t bytes) {
  return format_bytes(bytes, text::language::en);
}

std::string milliseconds(std::chrono::nanoseconds t) {
  return fmt::format("{:.3f} ms", std::chrono::duration<double, std::milli>(t).count());
}

// TCP keeps its own to itself.
std::string window_words(const p2p::connection_stats& s, std::string_view control) {
  if (!s.paced) return "that of TCP to the relay";
  return fmt::format("{} ({} in flight), {}, {}", english(s.congestion_window), english(s.bytes_in_flight),
                     control, *s.paced ? "paced" : "not paced");
}

std::string left(wall_time expires_at, wall_time now) {
  if (expires_at <= now) return "expired";
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(expires_at - now).count()) + " s left";
}

}  // namespace

std::string dump_event(const wire::event& e) {
  wire::json_value payload = e.payload;
  mask_secrets(payload);
  wire::event masked = e;
  masked.payload = payload.as_object();
  return wire::to_pretty_text(wire::to_json(masked));
}

std::string dump_quic_stats(const p2p::connection_stats& s, std::string_view control) {
  const double loss = s.packets_sent == 0
                          ? 0
                          : 100 * static_cast<double>(s.packets_lost) / static_cast<double>(s.packets_sent);
  return fmt::format(
      "peer               {}\n"
      "rtt                smoothed {}, min {}, latest {}\n"
      "congestion window  {}\n"
      "sent               {} in {} packets\n"
      "received           {} in {} packets\n"
      "lost               {} packets ({:.2f} %)\n"
      "datagrams          {} sent, {} received\n",
      escape_controls(s.peer), milliseconds(s.rtt_smoothed), milliseconds(s.rtt_min),
      milliseconds(s.rtt_latest), window_words(s, control), english(s.bytes_sent), s.packets_sent,
      english(s.bytes_received), s.packets_received, s.packets_lost, loss, s.datagrams_sent,
      s.datagrams_received);
}

std::string dump_session_cache_info(std::span<const cached_session> sessions, wall_time now) {
  std::vector<cached_session> sorted(sessions.begin(), sessions.end());
  std::ranges::sort(sorted, {}, &cached_session::expires_at);
  std::string out = fmt::format("{} session{} cached\n", sorted.size(), sorted.size() == 1 ? "" : "s");
  for (const auto& s : sorted)
    out += fmt::format("{}  {}  {}  {}  {}  expires {}\n", escape_controls(s.session_id),
                       escape_controls(s.kind), escape_controls(s.role), escape_controls(s.peer_device),
                       left(s.expires_at, now), format_rfc3339(s.expires_at));
  return out;
}

}  // namespace mesh::debug
