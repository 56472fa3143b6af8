#include "core/base/late_library.hpp"

#include <cstring>
#include <dlfcn.h>
#include <string>

namespace mesh {

result<void> load_library(const char* library, std::span<const late_function> functions, errc missing) {
  void* const loaded = ::dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (loaded == nullptr) return fail(missing, ::dlerror());
  for (const auto& f : functions) {
    const auto* const symbol = ::dlsym(loaded, f.name);
    if (symbol == nullptr) return fail(missing, std::string(library) + " has no " + f.name);
    std::memcpy(f.at, &symbol, sizeof symbol);
  }
  return {};
}

}  // namespace mesh
