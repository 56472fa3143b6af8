#include "agent/os/process.hpp"

#include <csignal>
#include <cstdio>
#include <memory>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace mesh::os {

void forbid_dumps() noexcept {
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

void ignore_write_signals() noexcept {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

mode_t process_umask() noexcept {
  unsigned mask = 022;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> status(std::fopen("/proc/self/status", "re"),
                                                               std::fclose);
  char line[256];
  while (status && std::fgets(line, sizeof(line), status.get()) != nullptr)
    if (std::sscanf(line, "Umask: %o", &mask) == 1) break;
  return mask & 0777U;
}

}  // namespace mesh::os
