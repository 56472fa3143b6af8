#include "agent/share/libarchive.hpp"

#include "core/base/late_library.hpp"

namespace mesh::share::libarchive {
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
#define MESH_LIBARCHIVE_LATE(name) {#name, &table().name},
    const late_function wanted[] = {MESH_LIBARCHIVE_FUNCTIONS(MESH_LIBARCHIVE_LATE)};
#undef MESH_LIBARCHIVE_LATE
    return load_library({"libarchive.so.13", "libarchive13", errc::library_missing}, wanted);
  }();
  return done;
}

}  // namespace mesh::share::libarchive
