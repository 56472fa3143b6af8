// Which paths another machine of the same person may fetch from this one: what lies in the folders that a
// standing rule names, and nothing else.
#pragma once
#include "core/base/error.hpp"

#include <span>
#include <string>
#include <string_view>

namespace mesh::share {

// folder: one of the rule's. relative: below it, empty for the folder itself.
struct get_place {
  std::string folder;
  std::string relative;
};

// path: as the other machine wrote it. By its words alone: what links and mounts make of it is for
// open_get_source(). Errors: get_refused, the same for every reason.
result<get_place> locate_get(std::span<const std::string> folders, std::string_view path);

}  // namespace mesh::share
