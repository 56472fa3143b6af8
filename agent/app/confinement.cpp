#include "agent/app/confinement.hpp"

#include "agent/os/landlock.hpp"
#include "agent/os/private_dir.hpp"
#include "agent/os/xdg.hpp"
#include "core/base/log.hpp"

#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace mesh::app {
namespace {

constexpr std::string_view module = "app";

// False, and a warning, when the folder neither is there nor can be made.
bool make(const std::filesystem::path& folder) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code) log::warn(module, "{} cannot be made: {}", folder.string(), code.message());
  return !code;
}

std::vector<std::filesystem::path> writable(const config::agent_config& config,
                                            const config::environment& variables,
                                            const std::filesystem::path& output) {
  std::vector<std::filesystem::path> out;
  const auto state = os::state_dir(variables);
  if (os::private_dir::open(state)) out.push_back(state);
  if (const auto cache = os::cache_dir(variables); make(cache)) out.push_back(cache);
  if (const auto runtime = variables("XDG_RUNTIME_DIR"); runtime && ::access(runtime->c_str(), W_OK) == 0) {
    const auto sockets = std::filesystem::path(*runtime) / "mesh";
    if (::mkdir(sockets.c_str(), 0700) == 0 || errno == EEXIST) out.push_back(sockets);
  }
  if (make(config.download_dir)) out.push_back(config.download_dir);
  if (!output.empty() && output != "-" && make(output)) out.push_back(output);
  return out;
}

}  // namespace

void confine_agent(const config::agent_config& config, const config::environment& variables,
                   const std::filesystem::path& output) {
  const auto folders = writable(config, variables, output);
  const auto done = os::confine_writes(folders);
  if (!done)
    log::warn(module, "this process could not be confined to its folders: {}", done.error().detail);
  else if (*done == os::confinement::unsupported)
    log::info(module, "this kernel has no Landlock: this process is not confined to its folders");
  else
    for (const auto& folder : folders) log::debug(module, "may write into {}", folder.string());
}

}  // namespace mesh::app
