#include "agent/os/os_error.hpp"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace mesh::os {

errc code_of_errno(int number, errc otherwise) noexcept {
  switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return errc::disk_full;
    case ENOENT:
      return errc::not_found;
    case EEXIST:
      return errc::file_exists;
    case ELOOP:
    case EXDEV:
      return errc::name_unsafe;
    default:
      return otherwise;
  }
}

std::string_view errno_text(int number) noexcept {
  const char* const text = ::strerrordesc_np(number);
  return text != nullptr ? text : "unknown error";
}

std::unexpected<error> fail_errno(int number, std::string_view what, errc otherwise) {
  return fail(code_of_errno(number, otherwise), fmt::format("{}: {}", what, errno_text(number)));
}

}  // namespace mesh::os
