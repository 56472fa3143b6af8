#include "agent/share/get_source.hpp"

#include "agent/os/safe_dir.hpp"

#include <utility>

namespace mesh::share {
namespace {

// How things are called and linked here is nobody's business.
error told(const error& reason) {
  if (reason.code == errc::not_found || reason.code == errc::too_large) return {reason.code, "", {}};
  if (reason.code == errc::file_unreadable) return {reason.code, "it cannot be read there", {}};
  return {errc::get_refused, "nothing is given away there", {}};
}

result<get_source> whole(os::safe_dir dir) {
  auto tree = scan_dir(std::move(dir));
  if (!tree) return std::unexpected(told(tree.error()));
  return std::make_shared<const source_tree>(std::move(*tree));
}

}  // namespace

result<get_source> open_get_source(const get_place& place) {
  auto folder = os::safe_dir::open(place.folder);
  if (!folder) return std::unexpected(told(folder.error()));
  if (place.relative.empty()) return whole(std::move(*folder));
  auto fd = folder->open_file(place.relative);
  if (fd) {
    auto file = file_source::adopt(std::move(*fd), folder->path() / place.relative);
    if (!file) return std::unexpected(told(file.error()));
    return std::move(*file);
  }
  if (fd.error().code != errc::not_a_file) return std::unexpected(told(fd.error()));
  auto inside = folder->open_dir(place.relative);
  if (!inside) return std::unexpected(told(inside.error()));
  return whole(std::move(*inside));
}

}  // namespace mesh::share
