// The files of a folder on the disk: how they are told apart, read and dressed.
#pragma once
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/wire/p2p_message.hpp"

#include <cstdint>
#include <functional>
#include <sys/stat.h>

namespace mesh::share {

// Modification time in Unix milliseconds. Some file systems (FAT, some FUSE) know no such times; the content
// is what counts, so nothing is said of that.
void set_mtime(int fd, std::int64_t mtime) noexcept;
std::int64_t mtime_of(const struct stat& facts) noexcept;

// Size and modification time are those of the manifest.
bool looks_equal(const struct stat& facts, const wire::manifest_entry& entry) noexcept;

// Calls take(content, offset) for the bytes from `at` up to `until`, a chunk at a time. Errors: io when the
// file ends before, and those of take.
result<void> read_range(int fd, std::uint64_t at, std::uint64_t until,
                        const std::function<result<void>(bytes_view, std::uint64_t)>& take);

}  // namespace mesh::share
