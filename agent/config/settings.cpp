#include "agent/config/settings.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace mesh::config {
namespace {

constexpr auto keys = std::to_array<setting_key>({
    {"device_id", value_kind::text, false, "readable name of this machine, unique on the server"},
    {"server_url", value_kind::text, false, "base address of the server"},
    {"ws_url", value_kind::text, false, "address of its WebSocket; derived from server_url when absent"},
    {"auth_token", value_kind::text, true, "bearer token pasted by hand; wins over stored credentials"},
    {"quic_port", value_kind::integer, false, "UDP port of the data plane; absent: a free one, kept"},
    {"cc", value_kind::text, false, "congestion control of transfers: auto, bbr or cubic"},
    {"receive", value_kind::text, false, "incoming files: ask, auto or never"},
    {"limit", value_kind::text, false, "bytes per second that all transfers together move, each way"},
    {"download_dir", value_kind::text, false, "folder that received files are put into"},
    {"terminal_masks", value_kind::text, false, "secrets hidden in shared terminals: beginnings, as ACME_*"},
});

}  // namespace

std::span<const setting_key> setting_keys() noexcept {
  return keys;
}

const setting_key* find_key(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(keys, name, &setting_key::name);
  return found == keys.end() ? nullptr : found;
}

std::string environment_name(std::string_view key) {
  std::string name = "MESH_";
  for (const char c : key) name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

std::string flag_name(std::string_view key) {
  std::string name = "--";
  for (const char c : key) name += c == '_' ? '-' : c;
  return name;
}

environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
  };
}

settings from_environment(const environment& variables) {
  settings out;
  for (const auto& key : keys) {
    const auto name = environment_name(key.name);
    if (auto value = variables(name))
      out.insert_or_assign(std::string(key.name), setting{secret(std::move(*value)), name});
  }
  return out;
}

settings merge(settings weaker, settings stronger) {
  for (auto& [key, value] : stronger) weaker.insert_or_assign(key, std::move(value));
  return weaker;
}

}  // namespace mesh::config
