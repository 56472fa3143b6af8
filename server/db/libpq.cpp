#include "server/db/libpq.hpp"

#include "core/base/late_library.hpp"

namespace mesh::db::libpq {
namespace {

functions& table() noexcept {
  static functions loaded;
  return loaded;
}

// The name of the interface that the header describes.
constexpr const char* library_name = "libpq.so.5";

result<void> fill() {
#define MESH_LIBPQ_LATE(name) {#name, &table().name},
  const late_function wanted[] = {MESH_LIBPQ_FUNCTIONS(MESH_LIBPQ_LATE)};
#undef MESH_LIBPQ_LATE
  auto done = load_library(library_name, wanted, errc::database);
  if (!done)
    return fail(errc::database,
                "PostgreSQL's client library cannot be loaded (package libpq5): " + done.error().detail);
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

}  // namespace mesh::db::libpq
