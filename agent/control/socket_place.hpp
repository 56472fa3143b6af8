// Where the control socket of a state directory stands. The running daemon writes the place into the file
// "control" of its state directory, so that a client always reaches the daemon of its own state directory,
// even when several run for one user.
#pragma once
#include "core/base/error.hpp"

#include <filesystem>
#include <optional>

namespace mesh::control {

// Longest path of a Unix socket (sizeof sockaddr_un::sun_path - 1).
inline constexpr std::size_t socket_path_bytes_max = 107;

// $XDG_RUNTIME_DIR/mesh/agent.sock when that variable names a directory of ours, else STATE/agent.sock.
// runtime: the value of XDG_RUNTIME_DIR, empty when unset.
std::filesystem::path preferred_socket(const std::filesystem::path& runtime,
                                       const std::filesystem::path& state);

// The place the daemon of this state directory wrote down; nullopt when none runs or ran.
std::optional<std::filesystem::path> published_socket(const std::filesystem::path& state);
result<void> publish_socket(const std::filesystem::path& state, const std::filesystem::path& socket);
void unpublish_socket(const std::filesystem::path& state);

// True when a process answers there.
bool socket_is_live(const std::filesystem::path& socket);

}  // namespace mesh::control
