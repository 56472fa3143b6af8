// Errors are values: a machine word the caller can act on, plus what a person needs to understand it.
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace mesh {

// One entry per machine word that crosses an interface: X(word). Codes are worded for people at the edge only
// (core/text), mapped to HTTP statuses by server/api and to exit codes by agent/app.
// clang-format off: it moves these words at every run.
#define MESH_ERROR_CODES(X)                                                                                  \
  /* requests and their fields */                                                                            \
  X(invalid_json) X(invalid_utf8) X(json_too_deep) X(too_large) X(field_missing) X(field_type)               \
  X(field_invalid) X(field_too_long) X(field_too_short) X(field_unknown) X(event_unknown) X(kind_unknown)    \
  X(ttl_out_of_range) X(not_found) X(method_not_allowed) X(unsupported_media_type) X(conflict)               \
  X(header_required) X(bad_request)                                                                          \
  /* who is asking */                                                                                        \
  X(unauthorized) X(token_expired) X(invalid_credentials) X(forbidden) X(origin_refused) X(rate_limited)     \
  X(busy) X(invitation_required) X(invitation_invalid) X(username_taken) X(password_too_short)               \
  X(refresh_reused) X(device_proof_required) X(device_proof_invalid) X(device_taken) X(device_revoked)       \
  X(authorization_pending) X(access_denied) X(expired_code) X(slow_down) X(setup_done)                       \
  /* rooms and sessions */                                                                                   \
  X(room_required) X(room_full) X(room_not_common) X(last_owner) X(already_member) X(not_member)             \
  X(peer_offline) X(device_without_key) X(initiator_device_required) X(capability_denied)                    \
  X(session_unknown) X(same_device) X(room_locked) X(direct_room) X(relay_off) X(relay_quota)                \
  /* capability tokens */                                                                                    \
  X(token_malformed) X(token_algorithm) X(token_type) X(token_key_unknown) X(token_signature)                \
  X(token_claims) X(token_not_yet_valid) X(token_lifetime) X(token_replayed) X(token_wrong_peer)             \
  X(token_wrong_session) X(token_wrong_kind)                                                                 \
  /* data plane */                                                                                           \
  X(bad_frame) X(bad_message) X(unexpected_message) X(version_unsupported) X(binding_mismatch)               \
  X(peer_key_mismatch) X(peer_key_changed) X(peer_unverified) X(connection_lost) X(connection_refused)       \
  X(handshake_failed) X(key_refused)                                                                         \
  X(timed_out) X(canceled) X(denied) X(name_unsafe) X(size_exceeded) X(offset_invalid) X(hash_mismatch)      \
  X(size_mismatch) X(disk_full) X(file_unreadable) X(file_exists) X(file_changed) X(not_a_file)              \
  X(write_failed) X(folder_confined) X(folder_replaced) X(receive_off) X(session_revoked) X(stalled)  \
  X(get_refused)                                                                                           \
  /* terminals */                                                                                          \
  X(terminal_unknown) X(terminal_ended) X(control_held) X(control_required) X(shell_failed) X(not_a_terminal) \
  /* this machine */                                                                                         \
  X(peer_ambiguous) X(peer_unknown)                                                                          \
  X(config_syntax) X(config_unknown_key) X(config_type) X(config_value) X(config_unreadable)                 \
  X(state_locked) X(state_unreadable) X(port_in_use) X(address_invalid) X(server_unreachable)                \
  X(server_error) X(server_key_changed) X(not_logged_in) X(auth_token_expired) X(daemon_not_running)         \
  X(daemon_refused) X(usage) X(database) X(database_in_use) X(database_not_empty) X(backup_invalid)          \
  X(library_missing)                                                                                       \
  X(io) X(internal)
// clang-format on

enum class errc : std::uint16_t {
#define X(word) word,
  MESH_ERROR_CODES(X)
#undef X
};

// The machine word of a code, as it travels on the wire ("peer_offline").
std::string_view word(errc code) noexcept;

// The code of a machine word; errc::internal when the word is not one of ours.
errc code_of(std::string_view word) noexcept;

// code: what the caller acts on. detail: English text for logs and API messages, never a secret.
// field: the name of the request field or configuration key at fault, empty when there is none.
struct error {
  errc code = errc::internal;
  std::string detail;
  std::string field;

  bool operator==(const error&) const = default;
};

template <class T>
using result = std::expected<T, error>;

// return fail(errc::peer_offline, "device b is not connected");
inline std::unexpected<error> fail(errc code, std::string detail = {}, std::string field = {}) {
  return std::unexpected(error{code, std::move(detail), std::move(field)});
}

// return pass(r): forwards the error of one result as another's.
template <class T>
std::unexpected<error> pass(result<T>& r) {
  return std::unexpected(std::move(r).error());
}
template <class T>
std::unexpected<error> pass(result<T>&& r) {
  return std::unexpected(std::move(r).error());
}

}  // namespace mesh
