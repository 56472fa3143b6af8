// A folder on its way in: what was announced of it, its part on our disk, and what it is called there. It is
// looked at first (folder_survey), then filled (folder_sink).
#pragma once
#include "agent/os/safe_dir.hpp"
#include "agent/share/collision.hpp"
#include "agent/share/earlier_folder.hpp"
#include "agent/share/manifest.hpp"
#include "agent/share/part_folder.hpp"
#include "agent/share/space_claim.hpp"
#include "agent/share/tree_layout.hpp"
#include "core/base/error.hpp"
#include "core/wire/p2p_message.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace mesh::share {

struct growing_folder {
  // directory: where NAME is to appear; made when absent. Errors: not_found, busy, disk_full, io; file_exists
  // when the name is taken and the policy is to skip.
  static result<std::unique_ptr<growing_folder>> open(const std::filesystem::path& directory,
                                                      const manifest_reader::offer& offer,
                                                      const folder_identity& identity,
                                                      std::vector<wire::manifest_entry> entries,
                                                      collision policy);

  result<const os::safe_dir*> parent_of(std::uint64_t entry) { return layout.parent(part.tree(), entry); }
  void space_used(std::uint64_t count) noexcept;
  // The part goes, and what says whose it was.
  result<void> remove_part() const;

  os::safe_dir dir;
  part_folder part;
  earlier_folder earlier;
  manifest_reader::offer offer;
  std::vector<wire::manifest_entry> entries;
  tree_layout layout;
  collision policy = collision::rename;
  space_claim space = {};  // of what is not written yet
};

// Where it is now, for people. name: that it has in its directory.
std::string shown_path(const growing_folder& folder, const std::string& name);

}  // namespace mesh::share
