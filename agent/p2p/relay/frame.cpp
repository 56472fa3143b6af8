#include "agent/p2p/relay/frame.hpp"

namespace mesh::relay {
namespace {

bool fits(frame_kind kind, std::size_t body) {
  switch (kind) {
    case frame_kind::open:
    case frame_kind::fin:
      return body == 0;
    case frame_kind::data:
      return body > 0 && body <= frame_data_bytes_max;
    case frame_kind::reset:
    case frame_kind::credit:
      return body == sizeof(std::uint32_t);
  }
  return false;
}

}  // namespace

result<frame> parse_frame(bytes_view message) {
  if (message.size() < frame_head_bytes) return fail(errc::bad_frame, "a relayed message without its head");
  const frame out{static_cast<frame_kind>(message[0]), get_be<std::uint32_t>(message.data() + 1),
                  message.subspan(frame_head_bytes)};
  if (!fits(out.kind, out.body.size())) return fail(errc::bad_frame, "a relayed message of no known form");
  return out;
}

bytes render_frame(const frame& f) {
  bytes out;
  out.reserve(frame_head_bytes + f.body.size());
  out.push_back(static_cast<std::byte>(f.kind));
  append_be(out, f.stream);
  out.insert(out.end(), f.body.begin(), f.body.end());
  return out;
}

bytes render_number_frame(frame_kind kind, std::uint32_t stream, std::uint32_t number) {
  std::array<std::byte, sizeof number> body{};
  put_be(body.data(), number);
  return render_frame({kind, stream, body});
}

}  // namespace mesh::relay
