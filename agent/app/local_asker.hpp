// Commands answered by an agent inside this process, when no daemon runs.
#pragma once
#include "agent/app/asker.hpp"
#include "agent/app/commands.hpp"
#include "agent/config/agent_config.hpp"

#include <filesystem>
#include <memory>

namespace mesh::app {

// Takes the state directory for as long as the answer lives. With a node, this process can write from now on
// only where an agent has to, and into output ("-" and empty: nowhere else). Errors: state_locked,
// port_in_use …
result<std::unique_ptr<asker>> start_local(const config::agent_config& config,
                                           const config::environment& variables, need wanted,
                                           const std::filesystem::path& output);

}  // namespace mesh::app
