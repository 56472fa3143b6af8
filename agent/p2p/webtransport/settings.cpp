#include "agent/p2p/webtransport/settings.hpp"

#include "agent/p2p/webtransport/varint.hpp"
#include "agent/p2p/webtransport/wire_types.hpp"

#include <set>

namespace mesh::webtransport {
namespace {

constexpr std::uint64_t enable_connect_protocol = 0x08;          // RFC 9220
constexpr std::uint64_t h3_datagram = 0x33;                      // RFC 9297
constexpr std::uint64_t enable_webtransport = 0x2b603742;        // draft 2
constexpr std::uint64_t webtransport_max_sessions = 0xc671706a;  // draft 7

}  // namespace

bytes control_stream_opening() {
  bytes settings;
  for (const auto setting :
       {enable_connect_protocol, h3_datagram, enable_webtransport, webtransport_max_sessions}) {
    append_varint(settings, setting);
    append_varint(settings, 1);
  }
  bytes out;
  append_varint(out, stream_type::control);
  append_varint(out, frame_type::settings);
  append_varint(out, settings.size());
  out.insert(out.end(), settings.begin(), settings.end());
  return out;
}

result<void> check_settings(bytes_view value) {
  std::set<std::uint64_t> seen;
  while (!value.empty()) {
    const auto setting = take_varint(value);
    const auto number = setting ? take_varint(value) : std::nullopt;
    if (!number) return fail(errc::bad_frame, "SETTINGS end in the middle of one");
    // What HTTP/2 called so: 0x02 to 0x05.
    if (*setting >= 0x02 && *setting <= 0x05) return fail(errc::bad_frame, "a setting of HTTP/2");
    if (!seen.insert(*setting).second) return fail(errc::bad_frame, "the same setting twice");
  }
  return {};
}

}  // namespace mesh::webtransport
