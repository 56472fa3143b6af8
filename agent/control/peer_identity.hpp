// Who is at the other end of a Unix socket.
#pragma once
#include "core/base/error.hpp"

#include <functional>

namespace mesh::control {

// Judges the process connected to a socket. Errors: forbidden.
using peer_check = std::function<result<void>(int socket)>;

// SO_PEERCRED (unix(7)): only our own user and root, who can read our files anyway.
result<void> same_user(int socket);

}  // namespace mesh::control
