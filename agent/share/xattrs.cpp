#include "agent/share/xattrs.hpp"

#include "agent/share/space_claim.hpp"
#include "core/base/bytes.hpp"
#include "core/base/escape.hpp"
#include "core/base/limits.hpp"
#include "core/base/log.hpp"

#include <algorithm>
#include <cerrno>
#include <set>
#include <string>
#include <sys/xattr.h>

namespace mesh::share {
namespace {

constexpr std::string_view carried_namespace = "user.";
constexpr std::string_view own_namespace = "user.mesh.";
constexpr std::size_t name_bytes_max = 255;          // XATTR_NAME_MAX
constexpr std::size_t list_bytes_max = 64UZ * 1024;  // XATTR_LIST_MAX

bool is_carried(std::string_view name) {
  return name.starts_with(carried_namespace) && name.size() > carried_namespace.size() &&
         !name.starts_with(own_namespace);
}

bool is_printable(std::string_view name) {
  return valid_utf8(name) && escape_controls(name) == name;
}

std::set<std::string> names_of(int fd) {
  std::string list(list_bytes_max, '\0');
  const auto size = ::flistxattr(fd, list.data(), list.size());
  std::set<std::string> out;
  for (std::string_view rest(list.data(), size > 0 ? static_cast<std::size_t>(size) : 0); !rest.empty();) {
    const auto name = rest.substr(0, rest.find('\0'));
    if (is_carried(name)) out.emplace(name);
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
  }
  return out;
}

}  // namespace

carried_xattrs read_xattrs(int fd) {
  carried_xattrs out;
  std::size_t room = limits::xattr_bytes_max;
  bytes value(limits::xattr_bytes_max);
  for (const auto& name : names_of(fd)) {
    const auto size = ::fgetxattr(fd, name.c_str(), value.data(), value.size());
    if (size < 0 && errno == ENODATA) continue;  // gone meanwhile
    const auto needed = name.size() + static_cast<std::size_t>(std::max<ssize_t>(size, 0));
    if (size < 0 || needed > room || out.attributes.size() == limits::xattrs_max || !is_printable(name)) {
      ++out.left;
      continue;
    }
    room -= needed;
    const auto content = bytes_view(value).first(static_cast<std::size_t>(size));
    out.attributes.push_back({name, to_base64url(content)});
  }
  return out;
}

result<void> check_xattrs(std::span<const wire::extended_attribute> attributes) {
  std::set<std::string_view> seen;
  for (const auto& [name, value] : attributes) {
    if (!is_carried(name) || name.size() > name_bytes_max || !is_printable(name))
      return fail(errc::name_unsafe, "an extended attribute that no transfer may set", "xattrs");
    if (!seen.insert(name).second)
      return fail(errc::field_invalid, "an extended attribute comes twice", "xattrs");
  }
  return {};
}

std::size_t xattr_bytes(std::span<const wire::extended_attribute> attributes) {
  std::size_t out = 0;
  for (const auto& [name, value] : attributes) out += name.size() + value.size();
  return out;
}

bool keeps_xattrs(int fd) noexcept {
  return ::fgetxattr(fd, "user.mesh.none", nullptr, 0) >= 0 || errno == ENODATA;
}

result<void> put_xattrs(const os::safe_dir& dir, int fd, std::span<const wire::extended_attribute> attributes,
                        const std::string& path) {
  if (attributes.empty()) return {};
  if (const auto room = space_claim::promise(dir, xattr_bytes(attributes)); !room)
    return std::unexpected(room.error());
  std::size_t refused = 0;
  for (const auto& [name, encoded] : attributes) {
    const auto value = from_base64url(encoded);
    if (!value || ::fsetxattr(fd, name.c_str(), value->data(), value->size(), 0) != 0) ++refused;
  }
  if (refused > 0)
    log::warn("share", "{} of {} extended attributes have no place on the file system of {}", refused,
              attributes.size(), path);
  return {};
}

}  // namespace mesh::share
