#include "server/db/libpq.hpp"

#include <dlfcn.h>

#include <fmt/format.h>

namespace mesh::db::libpq {
namespace {

functions& table() noexcept {
  static functions loaded;
  return loaded;
}

// The name of the interface that the header describes.
constexpr const char* library_name = "libpq.so.5";

result<void> fill() {
  void* const library = ::dlopen(library_name, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    return fail(
        errc::database,
        fmt::format("PostgreSQL's client library cannot be loaded (package libpq5): {}", ::dlerror()));
  const char* missing = nullptr;
#define MESH_LIBPQ_LOAD(name)                                                       \
  table().name = reinterpret_cast<decltype(table().name)>(::dlsym(library, #name)); \
  if (table().name == nullptr) missing = #name;
  MESH_LIBPQ_FUNCTIONS(MESH_LIBPQ_LOAD)
#undef MESH_LIBPQ_LOAD
  if (missing != nullptr) return fail(errc::database, fmt::format("{} has no {}", library_name, missing));
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

}  // namespace mesh::db::libpq
