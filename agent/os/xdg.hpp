// Where a person's programs keep things (XDG Base Directory Specification 0.8).
#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace mesh::os {

// A variable of the environment; nullopt when unset or empty. Tests pass a map.
using environment = std::function<std::optional<std::string>(const std::string& name)>;
environment process_environment();

// The user's home: $HOME when absolute, else what the user database says, else "/".
std::filesystem::path home_dir(const environment& variables);

// $XDG_STATE_HOME/mesh, else ~/.local/state/mesh. A relative value is ignored, as the specification
// wants.
std::filesystem::path state_dir(const environment& variables);
// $XDG_CACHE_HOME/mesh, else ~/.cache/mesh.
std::filesystem::path cache_dir(const environment& variables);

}  // namespace mesh::os
