// Paths inside of a folder that somebody else offers: what is believed, and what they are called here.
#pragma once
#include "core/base/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>

namespace mesh::share {

// "a/b/c": relative, no empty, "." or ".." component, none longer than 255 bytes, UTF-8 without NUL, within
// limits::folder_depth_max and folder_path_bytes_max. Errors: name_unsafe; bad_message when only too
// deep or too long.
result<void> check_tree_path(std::string_view path);

// The target of a link at path stays inside of the folder, whatever other links of the folder lie on its way:
// it is relative, climbs by leading ".." only, and not above the folder. Errors: name_unsafe.
result<void> check_link_target(std::string_view path, std::string_view target);

// "a/b/c" -> "a/b"; "c" -> "".
std::string_view parent_path(std::string_view path) noexcept;
// "a/b/c" -> "c".
std::string_view last_component(std::string_view path) noexcept;

// One component without the characters that fool people on screens (those that safe_name() replaces); a
// leading dot stays, for a folder may well hold a .gitignore.
std::string tree_component(std::string_view name);

// Gives every entry a name of its own in its directory: one that a case-insensitive or normalising file
// system would take for another one is numbered.
class tree_names {
 public:
  // parent: the local path of the directory, empty for the folder itself. Returns the local path.
  std::string place(std::string_view parent, std::string_view name);

 private:
  std::unordered_set<std::string> taken_;  // parent + '/' + folded name
};

}  // namespace mesh::share
