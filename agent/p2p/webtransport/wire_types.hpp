// The numbers by which HTTP/3 and WebTransport tell streams, frames and capsules apart.
#pragma once
#include <cstdint>

namespace mesh::webtransport {

// Of a unidirectional stream: RFC 9114 section 6.2, RFC 9204 section 4.2, draft-ietf-webtrans-http3.
namespace stream_type {
inline constexpr std::uint64_t control = 0x00;
inline constexpr std::uint64_t push = 0x01;
inline constexpr std::uint64_t qpack_encoder = 0x02;
inline constexpr std::uint64_t qpack_decoder = 0x03;
inline constexpr std::uint64_t webtransport = 0x54;
}  // namespace stream_type

namespace frame_type {
inline constexpr std::uint64_t data = 0x00;
inline constexpr std::uint64_t headers = 0x01;
inline constexpr std::uint64_t settings = 0x04;
// Not a frame with a length: what follows the session id is the stream of that session.
inline constexpr std::uint64_t webtransport_stream = 0x41;
}  // namespace frame_type

namespace capsule_type {
inline constexpr std::uint64_t close_session = 0x2843;
}  // namespace capsule_type

}  // namespace mesh::webtransport
