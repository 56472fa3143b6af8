#include "agent/os/process.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
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
  constexpr std::string_view key = "Umask:";
  mode_t mask = 022;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> status(std::fopen("/proc/self/status", "re"),
                                                               std::fclose);
  char line[256];
  while (status && std::fgets(line, sizeof(line), status.get()) != nullptr) {
    const std::string_view text(line);
    if (text.starts_with(key)) mask = static_cast<mode_t>(std::strtoul(line + key.size(), nullptr, 8));
  }
  return mask & 0777U;
}

}  // namespace mesh::os
