#include "agent/app/transfer_control.hpp"

#include <fmt/format.h>

namespace mesh::app {

result<void> control_transfer(data_plane& plane, outbox_runner& outbox, const std::string& id,
                              std::string_view action) {
  const auto* record = plane.book().find(id);
  if (record == nullptr) return fail(errc::not_found, id, "transfer_id");
  if (outbox.find(id) != nullptr) return outbox.control(id, action);
  if (action != "cancel")
    return fail(errc::conflict, fmt::format("\"{}\" is up to its sender", action), "action");
  if (record->state == transfer_state::done || record->state == transfer_state::failed)
    return fail(errc::conflict, "it has ended");
  return plane.cancel(id);
}

}  // namespace mesh::app
