#include "agent/share/growing_folder.hpp"

#include "agent/share/safe_name.hpp"

#include <algorithm>
#include <utility>

namespace mesh::share {

result<std::unique_ptr<growing_folder>> growing_folder::open(const std::filesystem::path& directory,
                                                             const manifest_reader::offer& offer,
                                                             const folder_identity& identity,
                                                             std::vector<wire::manifest_entry> entries,
                                                             collision policy) {
  auto dir = os::safe_dir::open(directory, true);
  if (!dir) return pass(dir);
  earlier_folder earlier(*dir, identity, offer.transfer_id);
  if (policy == collision::overwrite) earlier.look_into(*dir, offer.name);
  if (policy == collision::skip && earlier.arrived_as().empty()) {
    const auto taken = is_taken(*dir, offer.name);
    if (!taken) return std::unexpected(taken.error());
    if (*taken)
      return fail(errc::file_exists, "the receiver has something of that name and keeps it", "name");
  }
  auto part = part_folder::open(*dir, identity);
  if (!part) return pass(part);
  tree_layout layout(entries);
  return std::make_unique<growing_folder>(std::move(*dir), std::move(*part), std::move(earlier), offer,
                                          std::move(entries), std::move(layout), policy);
}

void growing_folder::space_used(std::uint64_t count) noexcept {
  space.shrink_to(space.bytes() - std::min(space.bytes(), count));
}

result<void> growing_folder::remove_part() const {
  if (auto gone = dir.remove_tree(part.name()); !gone) return gone;
  part_folder::forget(dir, part.name());
  return {};
}

std::string shown_path(const growing_folder& folder, const std::string& name) {
  return (folder.dir.path() / name).string();
}

}  // namespace mesh::share
