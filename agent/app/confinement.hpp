// Before anything of a peer is read, this process gives up writing anywhere but where an agent has to.
#pragma once
#include "agent/config/agent_config.hpp"

#include <filesystem>

namespace mesh::app {

// Both leave the state folder and download_dir writable, and make those folders that are missing. They come
// before threads are started (os/landlock). What cannot be had is logged: an old kernel is no reason not to
// run.

// The daemon also writes its control socket, and into the cache, from where commands fetch what it received
// for them.
void confine_daemon(const config::agent_config& config, const config::environment& variables);

// A command that sends or receives by itself; output: the folder of `receive --output`, empty or "-" when
// there is none.
void confine_command(const config::agent_config& config, const config::environment& variables,
                     const std::filesystem::path& output);

}  // namespace mesh::app
