#include "agent/share/get_scope.hpp"

#include "core/base/limits.hpp"

namespace mesh::share {
namespace {

constexpr auto refusal = "nothing is given away there";

// "/a/b": absolute, no component empty or a step to somewhere else.
bool plain(std::string_view path) {
  if (!path.starts_with('/') || path.size() > limits::get_path_bytes_max || path.contains('\0')) return false;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto component = path.substr(0, path.find('/'));
    if (component.empty() || component == "." || component == "..") return false;
    path.remove_prefix(component.size());
  }
  return true;
}

}  // namespace

result<get_place> locate_get(std::span<const std::string> folders, std::string_view path) {
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (!plain(path)) return fail(errc::get_refused, refusal);
  const get_place* best = nullptr;
  get_place found;
  for (const auto& folder : folders) {
    if (!plain(folder) || !path.starts_with(folder)) continue;
    const auto rest = path.substr(folder.size());
    if (!rest.empty() && !rest.starts_with('/')) continue;
    if (best != nullptr && best->folder.size() >= folder.size()) continue;
    found = {folder, std::string(rest.empty() ? rest : rest.substr(1))};
    best = &found;
  }
  if (best == nullptr) return fail(errc::get_refused, refusal);
  return found;
}

}  // namespace mesh::share
