// The same folder as it came before, under its name: equal files are copied from there instead of being sent
// again. Only what this sender sent from this very folder is looked at, so that nobody learns of other
// people's files.
#pragma once
#include "agent/os/safe_dir.hpp"
#include "agent/share/part_folder.hpp"
#include "core/wire/p2p_message.hpp"

#include <optional>
#include <string>

namespace mesh::share {

class earlier_folder {
 public:
  // directory: in which it lies, if it does.
  earlier_folder(const os::safe_dir& directory, const folder_identity& folder);

  bool found() const noexcept { return dir_.has_value(); }
  // Copies the file at path to NAME in a directory when it looks equal; its BLAKE3 is returned, nothing when
  // there is none. Errors: those of making a file.
  result<std::optional<std::string>> copy(const std::string& path, const wire::manifest_entry& wanted,
                                          const os::safe_dir& to, const std::string& name) const;
  // Says of a folder that arrived whose it is. Without effect on file systems that have no extended
  // attributes.
  void mark(const os::safe_dir& arrived) const noexcept;

 private:
  std::string mark_;
  std::optional<os::safe_dir> dir_;
};

}  // namespace mesh::share
