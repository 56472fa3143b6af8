#include "agent/share/libarchive.hpp"

#include "core/base/late_library.hpp"

namespace mesh::share::libarchive {
namespace {

functions& table() noexcept {
  static functions loaded;
  return loaded;
}

// The name of the interface that the header describes.
constexpr const char* library_name = "libarchive.so.13";

result<void> fill() {
#define MESH_LIBARCHIVE_LATE(name) {#name, &table().name},
  const late_function wanted[] = {MESH_LIBARCHIVE_FUNCTIONS(MESH_LIBARCHIVE_LATE)};
#undef MESH_LIBARCHIVE_LATE
  auto done = load_library(library_name, wanted, errc::library_missing);
  if (!done) return fail(errc::library_missing, "libarchive13: " + done.error().detail);
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

}  // namespace mesh::share::libarchive
