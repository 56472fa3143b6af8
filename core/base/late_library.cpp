#include "core/base/late_library.hpp"

#include <cstring>
#include <dlfcn.h>
#include <string>

namespace mesh {

result<void> load_library(const late_library& library, std::span<const late_function> functions) {
  const auto missing = [&library](const std::string& why) {
    return fail(library.missing, std::string(library.package) + " cannot be loaded: " + why);
  };
  void* const loaded = ::dlopen(library.file, RTLD_NOW | RTLD_LOCAL);
  if (loaded == nullptr) return missing(::dlerror());
  for (const auto& f : functions) {
    const auto* const symbol = ::dlsym(loaded, f.name);
    if (symbol == nullptr) return missing(std::string(library.file) + " has no " + f.name);
    std::memcpy(f.at, &symbol, sizeof symbol);
  }
  return {};
}

}  // namespace mesh
