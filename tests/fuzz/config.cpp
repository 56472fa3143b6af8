// server.toml and agent.toml: the same text read as each of them.
#include "agent/config/agent_config.hpp"
#include "core/base/error.hpp"
#include "server/config/server_config.hpp"
#include "tests/fuzz/targets.hpp"

#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace mesh::fuzz {
namespace {

// A file that exists in memory only.
class memory_file {
 public:
  explicit memory_file(bytes_view content) : fd_(::memfd_create("toml", MFD_CLOEXEC)) {
    require(::write(fd_, content.data(), content.size()) == static_cast<ssize_t>(content.size()),
            "there is memory");
  }
  memory_file(const memory_file&) = delete;
  memory_file& operator=(const memory_file&) = delete;
  ~memory_file() { ::close(fd_); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

std::optional<std::string> no_variables(std::string_view name) {
  if (name == "HOME") return "/home/ana";
  return std::nullopt;
}

void check_error(const error& e, const std::string& path) {
  require(word(e.code).starts_with("config_"), "an error of the configuration");
  require(e.detail.contains(path) || e.code == errc::config_value, "an error names the file");
}

void as_server(bytes_view data) {
  const memory_file file(data);
  const auto first = config::load({file.path(), no_variables, {}});
  if (!first) return check_error(first.error(), file.path());
  require(!first->host.empty() && first->room_members_max >= 2, "settings within their limits");
  const auto shown = config::describe(*first);
  const memory_file copy(as_bytes(shown));
  const auto second = config::load({copy.path(), no_variables, {}});
  require(second && config::describe(*second) == shown, "settings are shown as they can be written");
}

void as_agent(bytes_view data) {
  const memory_file file(data);
  const auto written = config::load_settings(file.path(), no_variables, {});
  if (!written) return check_error(written.error(), file.path());
  const auto config = config::resolve(*written, no_variables, file.path());
  if (!config) {
    require(config.error().detail.contains(file.path()) && !config.error().field.empty(),
            "an error names file and key");
    return;
  }
  require(config->download_dir.is_absolute(), "files are received into a known folder");
  for (const auto& line : config::effective(*config, *written))
    require(line.key != "auth_token" || line.value.empty() || line.value == "********", "a secret is masked");
}

}  // namespace

void config(bytes_view data) {
  as_server(data);
  as_agent(data);
}

}  // namespace mesh::fuzz
