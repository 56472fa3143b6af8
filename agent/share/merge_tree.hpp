// Puts what one folder holds into another one: files and links replace those of their name, folders of one
// name become one, and what else lies there stays.
#pragma once
#include "agent/os/safe_dir.hpp"
#include "core/base/error.hpp"

#include <string>
#include <vector>

namespace mesh::share {

// Paths below the folders.
struct merged_name {
  std::string from;
  std::string to;
};

// A file never takes the place of a folder, nor a folder that of a file, and nothing that of a name which
// differs in case only: it gets a numbered name then, and is returned. Links are never followed. After an
// error some is there and the rest is where it was. Errors: write_failed, io.
result<std::vector<merged_name>> merge_tree(const os::safe_dir& from, const os::safe_dir& into);

}  // namespace mesh::share
