// `mesh-agent run`: the agent that stays.
#pragma once
#include "agent/app/commands.hpp"
#include "core/base/error.hpp"

namespace mesh::app {

// Until SIGTERM, SIGINT or a stop request. Errors: state_locked, port_in_use, io.
result<void> run_daemon(context& c);

}  // namespace mesh::app
