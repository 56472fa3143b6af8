// Before anything of a peer is read, this process gives up writing anywhere but where an agent has to.
#pragma once
#include "agent/config/agent_config.hpp"

#include <filesystem>

namespace mesh::app {

// State, cache, the folder of the control socket, download_dir, and output unless it is empty or "-"; those
// that are missing are made. Comes before threads are started (os/landlock). What cannot be had is logged:
// an old kernel is no reason not to run.
void confine_agent(const config::agent_config& config, const config::environment& variables,
                   const std::filesystem::path& output);

}  // namespace mesh::app
