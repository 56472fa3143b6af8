#include "agent/app/plane_reports.hpp"

#include "agent/debug/dump.hpp"

#include <vector>

namespace mesh::app {
namespace {

double milliseconds(std::chrono::nanoseconds d) {
  return std::chrono::duration<double, std::milli>(d).count();
}

wire::json_object session_json(const debug::cached_session& s, std::string_view state, wall_time now) {
  return {{"session_id", s.session_id},
          {"kind", s.kind},
          {"role", s.role},
          {"peer_device", s.peer_device},
          {"state", state},
          {"expires_at", format_rfc3339(s.expires_at)},
          {"expires_in", unix_seconds(s.expires_at) - unix_seconds(now)}};
}

}  // namespace

wire::json_object report_connections(std::span<const p2p::connection_stats> stats, std::string_view control) {
  wire::json_value list(boost::json::array_kind);
  std::string text;
  for (const auto& s : stats) {
    wire::json_object one{{"peer", s.peer},
                          {"rtt_min_ms", milliseconds(s.rtt_min)},
                          {"rtt_smoothed_ms", milliseconds(s.rtt_smoothed)},
                          {"rtt_latest_ms", milliseconds(s.rtt_latest)},
                          {"congestion_window", s.congestion_window},
                          {"bytes_in_flight", s.bytes_in_flight},
                          {"bytes_sent", s.bytes_sent},
                          {"bytes_received", s.bytes_received},
                          {"packets_sent", s.packets_sent},
                          {"packets_received", s.packets_received},
                          {"packets_lost", s.packets_lost},
                          {"datagrams_sent", s.datagrams_sent},
                          {"datagrams_received", s.datagrams_received}};
    if (s.paced) {
      one["congestion_control"] = control;
      one["paced"] = *s.paced;
    }
    list.as_array().push_back(std::move(one));
    text += debug::dump_quic_stats(s, control);
    if (!text.ends_with('\n')) text += '\n';
  }
  return {{"connections", std::move(list)}, {"text", text}};
}

wire::json_object report_sessions(const p2p::session_cache& announced,
                                  std::span<const p2p::session_info> open, wall_time server_now) {
  wire::json_value list(boost::json::array_kind);
  std::vector<debug::cached_session> all;
  const auto add = [&](debug::cached_session s, std::string_view state) {
    list.as_array().push_back(session_json(s, state, server_now));
    all.push_back(std::move(s));
  };
  for (const auto& [id, s] : announced.all())
    add({id.str(), wire::word_of(s.kind), wire::word_of(s.own_role), s.peer.device_id.str(), s.expires},
        "announced");
  for (const auto& s : open)
    add({s.id().str(), wire::word_of(s.claims.kind), wire::word_of(s.own_role), s.peer().device_id.str(),
         s.claims.expires()},
        "open");
  auto text = debug::dump_session_cache_info(all, server_now);
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  return {{"sessions", std::move(list)}, {"text", text}};
}

}  // namespace mesh::app
