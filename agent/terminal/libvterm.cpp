#include "agent/terminal/libvterm.hpp"

#include <dlfcn.h>
#include <string>

namespace mesh::terminal::libvterm {
namespace {

functions& table() noexcept {
  static functions loaded;
  return loaded;
}

// The name of the interface that the header describes.
constexpr const char* library_name = "libvterm.so.0";

result<void> fill() {
  void* const library = ::dlopen(library_name, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return fail(errc::library_missing, std::string("libvterm0: ") + ::dlerror());
  const char* missing = nullptr;
#define MESH_LIBVTERM_LOAD(name)                                                    \
  table().name = reinterpret_cast<decltype(table().name)>(::dlsym(library, #name)); \
  if (table().name == nullptr) missing = #name;
  MESH_LIBVTERM_FUNCTIONS(MESH_LIBVTERM_LOAD)
#undef MESH_LIBVTERM_LOAD
  if (missing != nullptr)
    return fail(errc::library_missing, std::string(library_name) + " has no " + missing);
  return {};
}

}  // namespace

const functions& call() noexcept {
  return table();
}

result<void> load() {
  static const result<void> done = fill();
  return done;
}

}  // namespace mesh::terminal::libvterm
