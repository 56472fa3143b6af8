// Commands answered by the daemon over its control socket.
#pragma once
#include "agent/app/asker.hpp"

#include <filesystem>
#include <memory>

namespace mesh::app {

// Errors: daemon_not_running.
result<std::unique_ptr<asker>> connect_daemon(const std::filesystem::path& socket);

}  // namespace mesh::app
