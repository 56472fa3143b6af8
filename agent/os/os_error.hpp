// What the kernel refuses, as our errors.
#pragma once
#include "core/base/error.hpp"

#include <string_view>

namespace mesh::os {

// ENOSPC, EDQUOT and EFBIG are disk_full, ENOENT not_found, EEXIST file_exists, ELOOP and EXDEV name_unsafe
// (safe_dir refused to follow); every other number is `otherwise`. The detail reads "write /x: No space left
// on device".
errc code_of_errno(int number, errc otherwise) noexcept;
std::unexpected<error> fail_errno(int number, std::string_view what, errc otherwise = errc::io);

// The sentence of strerror, thread-safe.
std::string_view errno_text(int number) noexcept;

}  // namespace mesh::os
