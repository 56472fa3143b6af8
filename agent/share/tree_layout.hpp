// Where the entries of a manifest lie beneath a directory of ours: names that collide there are numbered.
#pragma once
#include "agent/os/safe_dir.hpp"
#include "core/base/error.hpp"
#include "core/wire/p2p_message.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::share {

class tree_layout {
 public:
  // entries: directories before what they hold, as a manifest lists them.
  explicit tree_layout(std::span<const wire::manifest_entry> entries);

  // Below the directory; by entry number.
  const std::string& path(std::uint64_t entry) const { return paths_.at(entry); }
  std::string name(std::uint64_t entry) const;
  std::span<const std::string> paths() const noexcept { return paths_; }

  // The directory that holds the entry; the last one is kept open. tree: always the same. Errors: as of
  // safe_dir::open_dir().
  result<const os::safe_dir*> parent(const os::safe_dir& tree, std::uint64_t entry);
  // What was kept open may be renamed or closed to us from now on.
  void close_parent() noexcept { parent_.reset(); }

  // Entries whose names had to be changed: their number and path here.
  const std::vector<wire::renamed_entry>& renamed() const noexcept { return renamed_; }
  void rename(std::string_view path, std::string to);

 private:
  std::vector<std::string> paths_;
  std::vector<wire::renamed_entry> renamed_;
  std::string parent_path_;
  std::optional<os::safe_dir> parent_;
};

}  // namespace mesh::share
