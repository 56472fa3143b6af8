#include "server/api/http_status.hpp"

#include "core/wire/account_bodies.hpp"
#include "server/models/public_error.hpp"

#include <string>

namespace mesh::api {

unsigned http_status(errc code) noexcept {
  switch (code) {
    case errc::invalid_json:
    case errc::invalid_utf8:
    case errc::json_too_deep:
    case errc::bad_request:
    case errc::authorization_pending:  // RFC 8628 section 3.5
    case errc::slow_down:
    case errc::access_denied:
    case errc::expired_code:
      return 400;
    case errc::unauthorized:
    case errc::token_expired:
    case errc::invalid_credentials:
    case errc::refresh_reused:
    case errc::device_proof_required:
    case errc::device_proof_invalid:
    case errc::device_revoked:
      return 401;
    case errc::forbidden:
    case errc::invitation_required:
    case errc::origin_refused:
    case errc::header_required:
    case errc::not_member:
    case errc::room_not_common:
    case errc::capability_denied:
    case errc::control_required:
    case errc::relay_off:
      return 403;
    case errc::not_found:
    case errc::invitation_invalid:
    case errc::session_unknown:
    case errc::terminal_unknown:
      return 404;
    case errc::method_not_allowed:
      return 405;
    case errc::conflict:
    case errc::username_taken:
    case errc::device_taken:
    case errc::room_full:
    case errc::room_locked:
    case errc::direct_room:
    case errc::last_owner:
    case errc::already_member:
    case errc::peer_offline:
    case errc::device_without_key:
    case errc::session_revoked:
    case errc::control_held:
    case errc::terminal_ended:
    case errc::setup_done:
      return 409;
    case errc::too_large:
      return 413;
    case errc::unsupported_media_type:
      return 415;
    case errc::field_missing:
    case errc::field_type:
    case errc::field_invalid:
    case errc::field_too_long:
    case errc::field_too_short:
    case errc::field_unknown:
    case errc::password_too_short:
    case errc::kind_unknown:
    case errc::ttl_out_of_range:
    case errc::room_required:
    case errc::initiator_device_required:
    case errc::same_device:
    case errc::event_unknown:
      return 422;
    case errc::rate_limited:
    case errc::relay_quota:
      return 429;
    case errc::busy:
    case errc::database:
    case errc::database_in_use:
      return 503;
    default:
      return 500;
  }
}

net::http_response error_response(const error& cause) {
  const unsigned status = http_status(cause.code);
  auto why = models::public_error(cause);
  if (status == 500) why = models::public_error({errc::internal, {}, {}});
  wire::error_answer body;
  body.error.code = word(why.code);
  body.error.message = why.detail;
  if (!why.field.empty()) body.error.field = why.field;
  auto response = net::http_response::json(status, wire::render(body));
  if (status == 401) response.headers.set("WWW-Authenticate", "Bearer");
  if (status == 503) response.headers.set("Retry-After", "1");
  return response;
}

net::http_response rate_limited(std::chrono::milliseconds retry_after) {
  auto response = error_response({errc::rate_limited, "too many tries; wait a little", {}});
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(retry_after).count();
  response.headers.set("Retry-After", std::to_string(std::max<long>(1, seconds)));
  return response;
}

}  // namespace mesh::api
