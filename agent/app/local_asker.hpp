// Commands answered by an agent inside this process, when no daemon runs.
#pragma once
#include "agent/app/asker.hpp"
#include "agent/app/commands.hpp"
#include "agent/config/agent_config.hpp"

#include <memory>

namespace mesh::app {

// Takes the state directory for as long as the answer lives. Errors: state_locked, port_in_use …
result<std::unique_ptr<asker>> start_local(const config::agent_config& config,
                                           const config::environment& variables, need wanted);

}  // namespace mesh::app
