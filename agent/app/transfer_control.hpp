// What a person does about one transfer, from the command line or from a page.
#pragma once
#include "agent/app/data_plane.hpp"
#include "agent/app/outbox_runner.hpp"

#include <string>
#include <string_view>

namespace mesh::app {

// pause, resume, cancel, retry or first of what is sent; cancel of what is received, the rest is for its
// sender to decide. Errors: not_found, conflict, kind_unknown.
result<void> control_transfer(data_plane& plane, outbox_runner& outbox, const std::string& id,
                              std::string_view action);

}  // namespace mesh::app
