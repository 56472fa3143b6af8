#include "agent/terminal/libvterm.hpp"

#include "core/base/late_library.hpp"

namespace mesh::terminal::libvterm {
namespace {

functions& table() noexcept {
  static functions loaded;
  return loaded;
}

// The name of the interface that the header describes.
constexpr const char* library_name = "libvterm.so.0";

result<void> fill() {
#define MESH_LIBVTERM_LATE(name) {#name, &table().name},
  const late_function wanted[] = {MESH_LIBVTERM_FUNCTIONS(MESH_LIBVTERM_LATE)};
#undef MESH_LIBVTERM_LATE
  auto done = load_library(library_name, wanted, errc::library_missing);
  if (!done) return fail(errc::library_missing, "libvterm0: " + done.error().detail);
  return done;
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
