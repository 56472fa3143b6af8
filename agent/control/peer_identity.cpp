#include "agent/control/peer_identity.hpp"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

namespace mesh::control {

result<void> same_user(int socket) {
  ucred who{};
  socklen_t size = sizeof who;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0)
    return fail(errc::forbidden, fmt::format("the caller's user is not known: {}", std::strerror(errno)));
  if (who.uid != ::geteuid() && who.uid != 0)
    return fail(errc::forbidden, fmt::format("process {} belongs to user {}", who.pid, who.uid));
  return {};
}

}  // namespace mesh::control
