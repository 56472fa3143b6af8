// Extended attributes that travel with a file (xattr(7)): those of the namespace "user.", which mean nothing
// to the kernel. What security.*, system.* and trusted.* say holds for one machine only, and user.mesh.* is
// what this program writes down for itself.
#pragma once
#include "agent/os/safe_dir.hpp"
#include "core/base/error.hpp"
#include "core/wire/p2p_message.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace mesh::share {

// left: how many of the namespace do not fit limits::xattrs_max and limits::xattr_bytes_max, or have names
// that are no printable UTF-8.
struct carried_xattrs {
  std::vector<wire::extended_attribute> attributes = {};
  std::size_t left = 0;
};

// Of an open file or directory; none where the file system has none.
carried_xattrs read_xattrs(int fd);

// What a sender says. Errors: name_unsafe for a name that may not travel, field_invalid for one that comes
// twice.
result<void> check_xattrs(std::span<const wire::extended_attribute> attributes);
// Of names and values.
std::size_t xattr_bytes(std::span<const wire::extended_attribute> attributes);

// False where the file system has no place for them.
bool keeps_xattrs(int fd) noexcept;
// Into an open file or directory below dir. The content is what counts: what the file system does not take
// (ext4 has one block for all of a file) is left out, and the log says so. path: for the log. Errors:
// disk_full, so that attributes do not use up the room that content may not use; io.
result<void> put_xattrs(const os::safe_dir& dir, int fd, std::span<const wire::extended_attribute> attributes,
                        const std::string& path);

}  // namespace mesh::share
