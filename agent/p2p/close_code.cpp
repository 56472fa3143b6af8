#include "agent/p2p/close_code.hpp"

#include <string>
#include <string_view>

namespace mesh::p2p::close_code {
namespace {

constexpr std::string_view pause_words = "paused by the sender";
constexpr std::string_view end_words = "the peer ended it";

}  // namespace

error closed_here() {
  return {errc::canceled, "closed here", {}};
}

error pause() {
  return {errc::canceled, std::string(pause_words), {}};
}

bool is_end_by_peer(const error& reason) noexcept {
  return reason.code == errc::canceled && reason.detail == end_words;
}

bool is_pause(const error& reason) noexcept {
  return reason.code == errc::canceled && reason.detail == pause_words;
}

error to_error(std::uint64_t code) {
  switch (code) {
    case no_session:
      return {errc::session_unknown, "the peer does not know this session", {}};
    case bad_frame:
      return {errc::bad_frame, "the peer could not read what it was sent", {}};
    case denied:
      return {errc::denied, "the peer refused", {}};
    case revoked:
      return {errc::session_revoked, "the session was revoked", {}};
    case internal:
      return {errc::internal, "the peer failed", {}};
    case paused:
      return pause();
    case interrupted:
      return {errc::stalled, "it goes on later", {}};
    default:
      return {errc::canceled, std::string(end_words), {}};
  }
}

std::uint64_t of(errc code) noexcept {
  switch (code) {
    case errc::session_unknown:
      return no_session;
    case errc::bad_frame:
    case errc::bad_message:
    case errc::unexpected_message:
      return bad_frame;
    case errc::denied:
      return denied;
    case errc::session_revoked:
      return revoked;
    case errc::internal:
    case errc::io:
      return internal;
    default:
      return canceled;
  }
}

std::uint64_t of(const error& reason) noexcept {
  if (is_pause(reason)) return paused;
  const bool goes_on = reason.code == errc::connection_lost || reason.code == errc::stalled;
  return goes_on ? interrupted : of(reason.code);
}

}  // namespace mesh::p2p::close_code
