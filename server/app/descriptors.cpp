#include "server/app/descriptors.hpp"

#include "core/base/limits.hpp"
#include "core/base/log.hpp"

#include <algorithm>
#include <sys/resource.h>

namespace mesh::app {

std::size_t connections_possible() {
  static constexpr std::size_t reserved = 64;
  rlimit bound{};
  if (::getrlimit(RLIMIT_NOFILE, &bound) != 0) return limits::http_connections_max;
  const rlimit wanted{bound.rlim_max, bound.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &wanted) == 0) bound = wanted;
  const std::size_t all = bound.rlim_cur;
  const auto possible = std::min(limits::http_connections_max, all > 2 * reserved ? all - reserved : all / 2);
  if (possible < limits::http_connections_max)
    log::warn("app", "{} file descriptors allow {} connections; raise the limit (LimitNOFILE, ulimit -n)",
              all, possible);
  return possible;
}

}  // namespace mesh::app
