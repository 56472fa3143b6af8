// A device that was lost or stolen: cut off at once, with an account of what it could read until then.
#pragma once
#include "server/services/devices.hpp"

namespace mesh::services {

// Revokes it (see revoke_device). Errors: not_found, also for another person's.
result<outcome<wire::lost_device_answer>> report_lost(context& c, const models::caller& caller,
                                                      const device_id& id);

}  // namespace mesh::services
