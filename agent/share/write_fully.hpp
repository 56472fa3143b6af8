// Writing to descriptors until everything is written.
#pragma once
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"

#include <cstdint>
#include <string_view>

namespace mesh::share {

// what: the path, for the error. Errors: disk_full, write_failed.
result<void> write_at(int fd, std::uint64_t offset, bytes_view data, std::string_view what);

// The file becomes end bytes long; what was reserved for size bytes before its end is given back. Errors: as
// of write_at().
result<void> leave_hole(int fd, std::uint64_t end, std::uint64_t size, std::string_view what);

}  // namespace mesh::share
