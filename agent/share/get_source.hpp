// What another machine of the same person fetches, opened so that nothing outside of the allowed folder can
// be meant.
#pragma once
#include "agent/share/file_source.hpp"
#include "agent/share/get_scope.hpp"
#include "agent/share/source_tree.hpp"

#include <memory>
#include <variant>

namespace mesh::share {

using get_source = std::variant<file_source, std::shared_ptr<const source_tree>>;

// No link is followed below the folder. Lists folders, so it belongs on a worker thread. Errors: get_refused
// for links and what is neither a file nor a folder; not_found, file_unreadable, too_large.
result<get_source> open_get_source(const get_place& place);

}  // namespace mesh::share
