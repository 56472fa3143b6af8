// NAME.part, the folder that is being received, and the journal beside it that says whose it is: found again
// after any crash and never mistaken for another one.
#pragma once
#include "agent/os/safe_dir.hpp"
#include "core/base/error.hpp"

#include <string>

namespace mesh::share {

// Two offers that are equal in this are taken for the same folder; each file in it is compared by itself.
// user, device: of the sender, as the handshake proved them. origin: as in FOLDER_META.
struct folder_identity {
  std::string user;
  std::string device;
  std::string name;
  std::string origin;

  bool operator==(const folder_identity&) const = default;
};

// The folder stays locked (flock(2)) for as long as this lives.
class part_folder {
 public:
  // Goes on with the part of this very folder, else makes a new one under a free name. Errors: busy when
  // another transfer writes to it, file_exists when no name is free, disk_full, io.
  static result<part_folder> open(const os::safe_dir& dir, const folder_identity& folder);

  const os::safe_dir& tree() const noexcept { return tree_; }
  const std::string& name() const noexcept { return name_; }
  // True when an earlier attempt made it.
  bool found() const noexcept { return found_; }
  // It has its final name now: nothing to resume.
  static void forget(const os::safe_dir& dir, const std::string& name) noexcept;

 private:
  part_folder(os::safe_dir tree, std::string name, bool found)
      : tree_(std::move(tree)), name_(std::move(name)), found_(found) {}

  os::safe_dir tree_;
  std::string name_;
  bool found_;
};

}  // namespace mesh::share
