// The error codes of HTTP/3, and how the codes of WebTransport streams travel among them.
#pragma once
#include "core/base/error.hpp"

#include <cstdint>
#include <optional>

namespace mesh::webtransport {

// RFC 9114 section 8.1, RFC 9204 section 6, draft-ietf-webtrans-http3 section 9.5.
namespace h3 {
inline constexpr std::uint64_t datagram_error = 0x33;  // RFC 9297 section 5.2
inline constexpr std::uint64_t no_error = 0x100;
inline constexpr std::uint64_t stream_creation = 0x103;
inline constexpr std::uint64_t closed_critical_stream = 0x104;
inline constexpr std::uint64_t frame_unexpected = 0x105;
inline constexpr std::uint64_t frame_error = 0x106;
inline constexpr std::uint64_t excessive_load = 0x107;
inline constexpr std::uint64_t settings_error = 0x109;
inline constexpr std::uint64_t missing_settings = 0x10a;
inline constexpr std::uint64_t request_rejected = 0x10b;
inline constexpr std::uint64_t message_error = 0x10e;
inline constexpr std::uint64_t qpack_decompression_failed = 0x200;
inline constexpr std::uint64_t session_gone = 0x170d7b68;
inline constexpr std::uint64_t buffered_stream_rejected = 0x3994bd84;
}  // namespace h3

// Code n of a stream of ours (the small ones of p2p::close_code) as the code that QUIC carries, skipping the
// code points that HTTP/3 reserves.
std::uint64_t to_http3(std::uint32_t n) noexcept;
// The other way; nothing when the code was not made like this.
std::optional<std::uint32_t> from_http3(std::uint64_t code) noexcept;
// What a RESET_STREAM, STOP_SENDING or CONNECTION_CLOSE of a browser means.
error meaning_of(std::uint64_t code);

}  // namespace mesh::webtransport
