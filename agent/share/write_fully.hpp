// Writing to descriptors until everything is written.
#pragma once
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"

#include <cstdint>
#include <string_view>

namespace mesh::share {

// what: the path, for the error. Errors: disk_full, write_failed.
result<void> write_at(int fd, std::uint64_t offset, bytes_view data, std::string_view what);

}  // namespace mesh::share
