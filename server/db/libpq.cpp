#include "server/db/libpq.hpp"

#include "core/base/late_library.hpp"

namespace mesh::db::libpq {
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
#define MESH_LIBPQ_LATE(name) {#name, &table().name},
    const late_function wanted[] = {MESH_LIBPQ_FUNCTIONS(MESH_LIBPQ_LATE)};
#undef MESH_LIBPQ_LATE
    return load_library({"libpq.so.5", "PostgreSQL's client library (package libpq5)", errc::database},
                        wanted);
  }();
  return done;
}

}  // namespace mesh::db::libpq
