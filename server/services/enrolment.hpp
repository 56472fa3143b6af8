// Letting a machine in without typing a password on it: one-use codes, and device codes that a person
// confirms (RFC 8628).
#pragma once
#include "server/services/devices.hpp"

namespace mesh::services {

// What a machine gets: the tokens of its sign-in, and how the server lists it.
struct enroll_answer {
  std::string access_token;
  std::string token_type;
  std::int64_t expires_in = 0;
  std::string refresh_token;
  wire::user_info user;
  mesh::device_id device_id;
  wire::device_info device;
};
BOOST_DESCRIBE_STRUCT(enroll_answer, (),
                      (access_token, token_type, expires_in, refresh_token, user, device_id, device))

// "ABCD-EFGH", good for ten minutes and one machine.
result<outcome<wire::enroll_code_answer>> make_enroll_code(context& c, const user_id& user);
// Errors: invalid_credentials for an unknown, used or expired code; device_proof_invalid, device_taken,
// field_*.
result<outcome<enroll_answer>> enroll(context& c, const wire::enroll_request& request,
                                      const models::client& client);

// RFC 8628 section 3.1. Errors: busy when too many machines wait, device_taken, field_*.
result<outcome<wire::device_code_answer>> start_device_code(context& c,
                                                            const wire::device_code_request& request,
                                                            const models::client& client);
// Section 3.4. The time of the last try must be kept even when it is refused, so refusals are part of the
// reply. refused: authorization_pending, slow_down, access_denied, expired_code, device_proof_invalid,
// device_taken, conflict.
struct polled {
  std::optional<error> refused;
  enroll_answer answer;
};
result<outcome<polled>> poll_device_code(context& c, const wire::device_token_request& request,
                                         const models::client& client);

// For the page on which a person confirms. Errors: not_found with field user_code; of confirm also conflict
// when it was decided before, device_taken.
result<wire::device_lookup_answer> look_up_device_code(context& c,
                                                       const wire::device_lookup_request& request);
result<outcome<wire::device_confirm_answer>> confirm_device_code(context& c, const models::caller& caller,
                                                                 const wire::device_confirm_request& request);

}  // namespace mesh::services
