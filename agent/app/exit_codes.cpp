#include "agent/app/exit_codes.hpp"

namespace mesh::app {

exit_code exit_code_of(errc code) noexcept {
  switch (code) {
    case errc::usage:
    case errc::config_syntax:
    case errc::config_unknown_key:
    case errc::config_type:
    case errc::config_value:
    case errc::config_unreadable:
    case errc::address_invalid:
    case errc::kind_unknown:
    case errc::not_a_terminal:
      return exit_code::usage;

    case errc::not_logged_in:
    case errc::auth_token_expired:
    case errc::unauthorized:
    case errc::invalid_credentials:
    case errc::refresh_reused:
    case errc::device_revoked:
    case errc::device_proof_required:
    case errc::device_proof_invalid:
    case errc::server_key_changed:
      return exit_code::not_signed_in;

    case errc::server_unreachable:
    case errc::server_error:
    case errc::daemon_not_running:
    case errc::busy:
      return exit_code::unreachable;

    case errc::peer_offline:
    case errc::peer_unknown:
    case errc::device_without_key:
    case errc::timed_out:
    case errc::connection_lost:
    case errc::connection_refused:
    case errc::handshake_failed:
    case errc::stalled:
      return exit_code::peer_absent;

    case errc::denied:
    case errc::forbidden:
    case errc::access_denied:
    case errc::room_not_common:
    case errc::room_required:
    case errc::not_member:
    case errc::capability_denied:
    case errc::receive_off:
    case errc::get_refused:
    case errc::control_held:
    case errc::control_required:
    case errc::session_revoked:
    case errc::relay_off:
    case errc::relay_quota:
    case errc::size_exceeded:
    case errc::name_unsafe:
    case errc::peer_key_mismatch:
    case errc::peer_key_changed:
    case errc::peer_unverified:
    case errc::key_refused:
    case errc::binding_mismatch:
    case errc::session_unknown:
    case errc::token_malformed:
    case errc::token_algorithm:
    case errc::token_type:
    case errc::token_key_unknown:
    case errc::token_signature:
    case errc::token_claims:
    case errc::token_not_yet_valid:
    case errc::token_expired:
    case errc::token_lifetime:
    case errc::token_replayed:
    case errc::token_wrong_peer:
    case errc::token_wrong_session:
    case errc::token_wrong_kind:
      return exit_code::refused;

    case errc::hash_mismatch:
    case errc::size_mismatch:
    case errc::file_changed:
      return exit_code::damaged;

    case errc::file_unreadable:
    case errc::file_exists:
    case errc::not_a_file:
    case errc::disk_full:
    case errc::write_failed:
    case errc::folder_confined:
    case errc::folder_replaced:
    case errc::library_missing:
    case errc::shell_failed:
    case errc::state_locked:
    case errc::state_unreadable:
    case errc::port_in_use:
      return exit_code::local_file;

    case errc::canceled:
      return exit_code::interrupted;
    default:
      return exit_code::failure;
  }
}

}  // namespace mesh::app
