// Devices: registering with proof of the key, listing, naming, revoking.
#pragma once
#include "core/wire/device_bodies.hpp"
#include "server/services/sign_in.hpp"

namespace mesh::services {

// The nonce for a proof of possession.
wire::challenge_answer make_challenge(const context& c);

// What a device says about itself, before its proof is checked.
struct device_claim {
  device_id id;
  std::string kind;
  std::optional<std::string> name;
  std::string public_key;
};
// A device row for the user, without writing it. Errors: field_invalid, field_too_short.
result<models::device> read_device(const context& c, const device_claim& claim, const user_id& user);
// Writes it, or finds the same one (same key, same person) again. Errors: device_taken, conflict when the
// person has limits::devices_per_user_max.
struct admitted {
  models::device device;
  bool created = false;
};
result<admitted> admit_device(context& c, const models::device& device, const models::user& user,
                              models::effects& effects);

struct registered_device {
  bool created = false;
  wire::device_answer answer;
};
// Errors: device_proof_invalid, device_taken, field_*.
result<outcome<registered_device>> register_device(context& c, const models::caller& caller,
                                                   const wire::device_request& request,
                                                   const models::client& client);

enum class device_scope { own, peers };
result<wire::device_list> list_devices(context& c, const models::caller& caller, device_scope scope);
result<outcome<wire::device_answer>> rename_device(context& c, const models::caller& caller,
                                                   const device_id& id,
                                                   const wire::rename_device_request& request);
// Its sign-ins, sockets and p2p sessions end. Errors: not_found, also for another person's.
result<outcome<nothing>> revoke_device(context& c, const models::caller& caller, const device_id& id);

}  // namespace mesh::services
