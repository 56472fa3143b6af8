#include "agent/share/tree_layout.hpp"

#include "agent/share/manifest.hpp"
#include "agent/share/tree_path.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace mesh::share {

tree_layout::tree_layout(std::span<const wire::manifest_entry> entries) {
  tree_names names;
  std::unordered_map<std::string, std::string> directories{{"", ""}};
  paths_.reserve(entries.size());
  for (std::uint64_t i = 0; i < entries.size(); ++i) {
    const auto& path = entries[i].path;
    const auto& above = directories.at(std::string(parent_path(path)));
    paths_.push_back(names.place(above, last_component(path)));
    if (entries[i].kind == "directory") directories.emplace(path, paths_.back());
    if (last_component(paths_.back()) != last_component(path)) renamed_.push_back({i, paths_.back()});
  }
}

std::string tree_layout::name(std::uint64_t entry) const {
  return std::string(last_component(path(entry)));
}

result<const os::safe_dir*> tree_layout::parent(const os::safe_dir& tree, std::uint64_t entry) {
  const auto above = parent_path(path(entry));
  if (above.empty()) return &tree;
  if (!parent_ || parent_path_ != above) {
    auto dir = tree.open_dir(std::string(above));
    if (!dir) return pass(dir);
    parent_ = std::move(*dir);
    parent_path_ = above;
  }
  return &*parent_;
}

void tree_layout::rename(std::string_view path, std::string to) {
  if (const auto at = std::ranges::find(paths_, path); at != paths_.end())
    renamed_.push_back({static_cast<std::uint64_t>(at - paths_.begin()), std::move(to)});
}

}  // namespace mesh::share
