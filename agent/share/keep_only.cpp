#include "agent/share/keep_only.hpp"

#include <fcntl.h>
#include <string>
#include <sys/stat.h>

namespace mesh::share {
namespace {

using kinds_by_path = std::unordered_map<std::string_view, std::string_view>;

constexpr mode_t private_dir = 0700;

result<void> visit(const os::safe_dir& at, const std::string& path, const kinds_by_path& kinds) {
  const auto names = at.entries();
  if (!names) return std::unexpected(names.error());
  for (const auto& name : *names) {
    const auto here = path + name;
    const auto facts = at.facts(name);
    const auto kind = kinds.find(here);
    const bool directory = facts && S_ISDIR(facts->st_mode);
    const bool belongs =
        facts && kind != kinds.end() &&
        ((directory && kind->second == "directory") || (S_ISREG(facts->st_mode) && kind->second == "file"));
    if (!belongs) {
      if (auto gone = at.remove_tree(name); !gone) return gone;
      continue;
    }
    if (!directory) continue;
    (void)::fchmodat(at.fd(), name.c_str(), private_dir, 0);
    const auto inside = at.open_dir(name);
    if (!inside) return std::unexpected(inside.error());
    if (auto done = visit(*inside, here + '/', kinds); !done) return done;
  }
  return {};
}

}  // namespace

result<void> keep_only(const os::safe_dir& tree, const kinds_by_path& kinds) {
  (void)::fchmod(tree.fd(), private_dir);
  return visit(tree, {}, kinds);
}

}  // namespace mesh::share
