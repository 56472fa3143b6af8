// The application error codes that travel in RESET_STREAM, STOP_SENDING and CONNECTION_CLOSE.
#pragma once
#include "core/base/error.hpp"

#include <cstdint>

namespace mesh::p2p::close_code {

inline constexpr std::uint64_t none = 0x00;
inline constexpr std::uint64_t no_session = 0x10;
inline constexpr std::uint64_t bad_frame = 0x11;
inline constexpr std::uint64_t canceled = 0x12;
inline constexpr std::uint64_t denied = 0x13;
inline constexpr std::uint64_t revoked = 0x14;
inline constexpr std::uint64_t internal = 0x15;
// This attempt ends, the transfer does not: its sender goes on with it when a person likes. An older agent
// knows neither of the two and takes them for canceled.
inline constexpr std::uint64_t paused = 0x16;
// The same, and the sender goes on by itself: it stops, or nothing moves.
inline constexpr std::uint64_t interrupted = 0x17;

// What a code of the peer means here; an unknown one is canceled.
error to_error(std::uint64_t code);
// The code that tells the peer about an error of ours.
std::uint64_t of(errc code) noexcept;
// The same, which also tells the peer when what ends is to go on later.
std::uint64_t of(const error& reason) noexcept;

// Why a session ends that is not needed any more.
error closed_here();

// How it ends when the other side's agent ended it for good; its code is canceled.
bool is_end_by_peer(const error& reason) noexcept;

// How a transfer ends when its sender pauses it, at both sides; its code is canceled.
error pause();
bool is_pause(const error& reason) noexcept;

}  // namespace mesh::p2p::close_code
