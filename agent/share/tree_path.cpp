#include "agent/share/tree_path.hpp"

#include "agent/share/safe_name.hpp"
#include "agent/share/utf8.hpp"
#include "core/base/escape.hpp"
#include "core/base/limits.hpp"

#include <algorithm>

namespace mesh::share {
namespace {

// Calls take(component) for each; empty ones too.
template <class F>
result<void> each_component(std::string_view path, F take) {
  for (std::size_t begin = 0; begin <= path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    if (auto good = take(path.substr(begin, end - begin)); !good) return good;
    begin = end + 1;
  }
  return {};
}

std::size_t depth_of(std::string_view path) noexcept {
  return static_cast<std::size_t>(std::ranges::count(path, '/')) + 1;
}

}  // namespace

result<void> check_tree_path(std::string_view path) {
  // No system call takes more, counted with the NUL at its end.
  if (path.size() >= limits::folder_path_bytes_max)
    return fail(errc::bad_message, "a path of the folder is too long", "path");
  if (!valid_utf8(path) || path.contains('\0'))
    return fail(errc::name_unsafe, "a path of the folder is no UTF-8 or holds a NUL", "path");
  if (path.empty() || path.front() == '/')
    return fail(errc::name_unsafe, "a path of the folder is empty or absolute", "path");
  if (depth_of(path) > limits::folder_depth_max)
    return fail(errc::bad_message, "the folder is too deep", "path");
  return each_component(path, [](std::string_view name) -> result<void> {
    if (name.empty() || name == "." || name == "..")
      return fail(errc::name_unsafe, "a path of the folder holds an empty name, . or ..", "path");
    if (name.size() > limits::file_name_bytes_max)
      return fail(errc::name_unsafe, "a name in the folder is too long", "path");
    return {};
  });
}

result<void> check_link_target(std::string_view path, std::string_view target) {
  if (target.empty() || target.size() >= limits::folder_path_bytes_max || !valid_utf8(target) ||
      target.contains('\0'))
    return fail(errc::name_unsafe, "the target of a link is no path", "target");
  if (target.front() == '/') return fail(errc::name_unsafe, "the target of a link is absolute", "target");
  std::size_t above = depth_of(path) - 1;  // directories between the link and the folder
  bool descended = false;
  return each_component(target, [&](std::string_view name) -> result<void> {
    if (name != "..") {
      descended |= !name.empty() && name != ".";
      return {};
    }
    // Behind a name it may lead anywhere: the name can be a link itself.
    if (descended || above == 0)
      return fail(errc::name_unsafe, "the target of a link may lie outside of the folder", "target");
    --above;
    return {};
  });
}

std::string_view parent_path(std::string_view path) noexcept {
  const auto cut = path.rfind('/');
  return cut == std::string_view::npos ? std::string_view() : path.substr(0, cut);
}

std::string_view last_component(std::string_view path) noexcept {
  return path.substr(path.rfind('/') + 1);
}

std::string tree_component(std::string_view name) {
  return without_forbidden(name);
}

std::string tree_names::place(std::string_view parent, std::string_view name) {
  const auto key = [parent](std::string_view component) {
    return std::string(parent) + '/' + fold_case(component);
  };
  const auto wanted = tree_component(name);
  std::string chosen = wanted;
  for (unsigned number = 1; !taken_.insert(key(chosen)).second; ++number)
    chosen = numbered_name(wanted, number);
  return parent.empty() ? chosen : std::string(parent) + '/' + chosen;
}

}  // namespace mesh::share
