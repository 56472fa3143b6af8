#include "agent/terminal/libvterm.hpp"

#include "core/base/late_library.hpp"

namespace mesh::terminal::libvterm {
namespace {

functions& table() noexcept {
  static functions loaded;
  return loaded;
}

}  // namespace

const functions& call() noexcept {
  return table();
}

result<void> load() {
  static const auto done = [] {
#define MESH_LIBVTERM_LATE(name) {#name, &table().name},
    const late_function wanted[] = {MESH_LIBVTERM_FUNCTIONS(MESH_LIBVTERM_LATE)};
#undef MESH_LIBVTERM_LATE
    return load_library({"libvterm.so.0", "libvterm0", errc::library_missing}, wanted);
  }();
  return done;
}

}  // namespace mesh::terminal::libvterm
