// Configuration as it is written: one text per key with the place it came from, before anything is judged.
// Sources, the weakest first: default, agent.toml, environment (MESH_<KEY>), flags (--key).
#pragma once
#include "core/base/error.hpp"
#include "core/base/secret.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mesh::config {

enum class value_kind { text, integer };

// What a person may write in agent.toml. summary: English, for the generated reference.
struct setting_key {
  std::string_view name;
  value_kind kind;
  bool is_secret;
  std::string_view summary;
};

// All of them, in the order in which they are printed.
std::span<const setting_key> setting_keys() noexcept;
const setting_key* find_key(std::string_view name) noexcept;

// "quic_port" -> "MESH_QUIC_PORT" and "--quic-port".
std::string environment_name(std::string_view key);
std::string flag_name(std::string_view key);

// origin: "/home/ana/.config/mesh/agent.toml:3", "MESH_QUIC_PORT" or "--quic-port".
struct setting {
  secret text;
  std::string origin;
};
using settings = std::map<std::string, setting, std::less<>>;

// A variable of the environment; nullopt when unset or empty. Tests pass a map.
using environment = std::function<std::optional<std::string>(const std::string& name)>;
environment process_environment();

// agent.toml. file names the source in errors. Errors, each with file, line and key: config_syntax,
// config_unknown_key, config_type.
result<settings> parse_toml(std::string_view text, std::string_view file);
// The same from disk; no file is an empty answer. Errors: also config_unreadable.
result<settings> read_toml(const std::filesystem::path& file);

settings from_environment(const environment& variables);

// Every entry of stronger replaces the one of weaker.
settings merge(settings weaker, settings stronger);

}  // namespace mesh::config
