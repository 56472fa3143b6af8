#include "agent/os/xdg.hpp"

#include <cstdlib>
#include <pwd.h>
#include <unistd.h>
#include <vector>

namespace mesh::os {
namespace {

std::optional<std::filesystem::path> absolute_path(const environment& variables, const std::string& name) {
  const auto value = variables(name);
  if (!value || !value->starts_with('/')) return std::nullopt;
  return std::filesystem::path(*value);
}

}  // namespace

environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* const value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return std::string(value);
  };
}

std::filesystem::path home_dir(const environment& variables) {
  if (auto home = absolute_path(variables, "HOME")) return *home;
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> buffer(16 * 1024);
  if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
    return entry.pw_dir;
  return "/";
}

std::filesystem::path state_dir(const environment& variables) {
  const auto base = absolute_path(variables, "XDG_STATE_HOME");
  return (base ? *base : home_dir(variables) / ".local/state") / "mesh";
}

std::filesystem::path cache_dir(const environment& variables) {
  const auto base = absolute_path(variables, "XDG_CACHE_HOME");
  return (base ? *base : home_dir(variables) / ".cache") / "mesh";
}

}  // namespace mesh::os
