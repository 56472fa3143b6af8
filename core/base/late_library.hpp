// A shared library that is loaded when it is first needed, because few need it and it costs memory.
#pragma once
#include "core/base/error.hpp"

#include <span>

namespace mesh {

// name: as in the library. at: where the pointer to it goes, which is of the function's own type.
struct late_function {
  const char* name;
  void* at;
};

// file: its name with the version of the interface that our header describes. package: Debian's, for whoever
// lacks it. missing: the error then.
struct late_library {
  const char* file;
  const char* package;
  errc missing;
};

// Loads it for good and fills in every function. Errors: missing, with why, when it is not there or lacks
// one.
result<void> load_library(const late_library& library, std::span<const late_function> functions);

}  // namespace mesh
