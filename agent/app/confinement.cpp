#include "agent/app/confinement.hpp"

#include "agent/app/chosen_folders.hpp"
#include "agent/app/rule_book.hpp"
#include "agent/os/folder_keeper.hpp"
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

void confine(const config::agent_config& config, const config::environment& variables,
             std::vector<std::filesystem::path> folders) {
  const auto state = os::state_dir(variables);
  if (const auto dir = os::private_dir::open(state)) {
    folders.push_back(state);
    for (auto& folder : chosen_at_start(state, folders_of_rules(*dir)))
      if (make(folder)) folders.push_back(std::move(folder));
  }
  if (make(config.download_dir)) folders.push_back(config.download_dir);
  const auto done = os::confine_writes(folders);
  if (!done)
    log::warn(module, "this process could not be confined to its folders: {}", done.error().detail);
  else if (*done == os::confinement::unsupported)
    log::info(module, "this kernel has no Landlock: this process is not confined to its folders");
  else
    for (const auto& folder : folders) log::debug(module, "may write into {}", folder.string());
}

}  // namespace

void confine_daemon(const config::agent_config& config, const config::environment& variables) {
  const auto named = [rules = kept_rule_folders(os::state_dir(variables))]() mutable { return rules.now(); };
  if (const auto started = os::start_folder_keeper(named); !started)
    log::warn(module, "folders of rules made later need a restart: {}", started.error().detail);
  std::vector<std::filesystem::path> folders;
  if (const auto cache = os::cache_dir(variables); make(cache)) folders.push_back(cache);
  if (const auto runtime = variables("XDG_RUNTIME_DIR"); runtime && ::access(runtime->c_str(), W_OK) == 0) {
    const auto sockets = std::filesystem::path(*runtime) / "mesh";
    if (::mkdir(sockets.c_str(), 0700) == 0 || errno == EEXIST) folders.push_back(sockets);
  }
  confine(config, variables, std::move(folders));
}

void confine_command(const config::agent_config& config, const config::environment& variables,
                     const std::filesystem::path& output) {
  std::vector<std::filesystem::path> folders;
  if (!output.empty() && output != "-" && make(output)) folders.push_back(output);
  confine(config, variables, std::move(folders));
}

}  // namespace mesh::app
