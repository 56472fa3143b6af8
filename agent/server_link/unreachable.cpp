#include "agent/server_link/unreachable.hpp"

#include <fmt/format.h>

namespace mesh::server_link {

error unreachable(const error& e, std::string_view server) {
  switch (e.code) {
    case errc::connection_refused:
      return {errc::server_unreachable, fmt::format("nothing listens at {}", server), {}};
    case errc::timed_out:
      return {errc::server_unreachable, fmt::format("{} does not answer", server), {}};
    case errc::server_unreachable:
    case errc::connection_lost:
    case errc::handshake_failed:
      return {errc::server_unreachable, fmt::format("{}: {}", server, e.detail), {}};
    default:
      return e;
  }
}

}  // namespace mesh::server_link
