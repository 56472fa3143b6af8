// Where a test keeps its data: a SQLite file in its folder, or, when MESH_TEST_POSTGRES names a server
// (tests/support/postgres.py), a schema of its own there.
#pragma once
#include "server/db/source.hpp"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <unistd.h>

namespace mesh::testing_support {

// folder: unique to the test, its name made of letters, digits and dashes.
inline std::string test_database(const std::filesystem::path& folder) {
  const char* server = std::getenv("MESH_TEST_POSTGRES");
  if (server == nullptr) return (folder / "mesh.db").string();
  static std::atomic<int> count = 0;
  const auto schema = "t" + std::to_string(::getpid()) + "_" + std::to_string(++count);
  auto made = db::source(server).open(db::open_mode::read_write);
  if (!made || !(*made)->script("CREATE SCHEMA " + schema)) std::abort();
  return std::string(server) + "&options=-csearch_path%3D" + schema;
}

}  // namespace mesh::testing_support
