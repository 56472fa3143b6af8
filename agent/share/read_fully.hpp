// Reading from files until everything is there.
#pragma once
#include "core/base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace mesh::share {

// what: for the error. Errors: io, also when the file ends before.
result<void> read_at(int fd, std::uint64_t offset, std::span<std::byte> out, std::string_view what);

}  // namespace mesh::share
