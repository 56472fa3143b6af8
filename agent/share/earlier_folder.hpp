// The same folder as it came before, under its name: equal files are copied from there instead of being sent
// again. Only what this sender sent from this very folder is looked at, so that nobody learns of other
// people's files.
#pragma once
#include "agent/os/safe_dir.hpp"
#include "agent/share/part_folder.hpp"
#include "core/wire/p2p_message.hpp"

#include <optional>
#include <span>
#include <string>

namespace mesh::share {

class earlier_folder {
 public:
  // directory: in which it lies, if it does. transfer_id: by which it is offered now.
  earlier_folder(const os::safe_dir& directory, const folder_identity& folder,
                 const std::string& transfer_id);

  // Files may also have been put into the folder of that name, which holds other people's as well: those that
  // bear a mark of this folder are looked at there, too.
  void look_into(const os::safe_dir& directory, const std::string& name);
  bool found() const noexcept { return dir_ || merged_; }
  // Then what comes shall bear that mark.
  bool merges() const noexcept { return merged_.has_value(); }
  // The name of the folder when it came by this very transfer, of which the sender has not heard; otherwise
  // empty.
  const std::string& arrived_as() const noexcept { return arrived_as_; }
  // It holds all of these entries, under the names given for them, and nothing else: by kinds, sizes, times
  // and targets.
  bool holds_exactly(std::span<const wire::manifest_entry> entries, std::span<const std::string> names) const;
  // The file at path, when it looks equal.
  std::optional<os::unique_fd> open_equal(const std::string& path, const wire::manifest_entry& wanted) const;
  // What arrived by this transfer is something else than is offered now: the next attempt begins anew.
  void disown() noexcept;
  // Says of a folder that arrived whose it is and by which transfer it came. Without effect on file systems
  // that have no extended attributes.
  void mark(const os::safe_dir& arrived) const noexcept;
  // The same of one file that is put into a folder with others.
  void mark_file(int fd) const noexcept;

 private:
  bool has_mark(int fd) const noexcept;

  std::string mark_;
  std::string arrival_mark_;
  std::string arrived_as_;
  std::optional<os::safe_dir> dir_;
  std::optional<os::safe_dir> merged_;
};

}  // namespace mesh::share
