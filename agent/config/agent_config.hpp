// The configuration of an agent, judged and complete: what every other part reads.
#pragma once
#include "agent/config/settings.hpp"
#include "agent/config/url.hpp"
#include "core/base/error.hpp"
#include "core/base/secret.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace mesh::config {

// What to do with a file that arrives. ask: one's own devices are let in, others wait for an answer. auto_:
// everyone whom the server lets through. never: nobody.
enum class receive_mode { ask, auto_, never };
std::string_view to_string(receive_mode mode) noexcept;
std::optional<receive_mode> receive_mode_named(std::string_view word) noexcept;

// How fast is learned what a path carries. auto_: bbr.
enum class congestion_mode { auto_, bbr, cubic };
std::string_view to_string(congestion_mode mode) noexcept;
std::optional<congestion_mode> congestion_mode_named(std::string_view word) noexcept;

struct agent_config {
  std::filesystem::path file;            // agent.toml, whether it exists or not
  std::optional<std::string> device_id;  // absent: the state directory keeps one, made at first run
  url server;
  bool server_given = false;  // false: the default address, which a login may replace
  url ws;
  bool ws_given = false;  // false: derived from the server
  secret auth_token;
  std::optional<std::uint16_t> quic_port;
  congestion_mode cc = congestion_mode::auto_;
  receive_mode receive = receive_mode::ask;
  std::optional<std::uint64_t> limit;  // bytes per second, of all transfers in each direction
  std::filesystem::path download_dir;
  std::vector<std::string> terminal_masks;  // secrets that are hidden beside the usual ones
  std::vector<std::string> warnings;  // English, for the log: readable secrets, clear text over a network
};

// $XDG_CONFIG_HOME/mesh/agent.toml, else ~/.config/mesh/agent.toml.
std::filesystem::path default_file(const environment& variables);

// Judges merged settings. Errors: config_value with the origin and the key.
result<agent_config> resolve(const settings& all, const environment& variables,
                             const std::optional<std::filesystem::path>& file = std::nullopt);

// The three sources in order: file (default_file unless given, which then must exist), environment, flags.
result<settings> load_settings(const std::optional<std::filesystem::path>& file, const environment& variables,
                               settings flags);

// One line a key for `config check`: value in force and where it comes from. Secrets are masked.
struct effective_value {
  std::string key;
  std::string value;   // "********" for a secret, empty when unset
  std::string origin;  // "default" when nobody wrote it
};
std::vector<effective_value> effective(const agent_config& config, const settings& all);

}  // namespace mesh::config
