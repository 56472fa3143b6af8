// libarchive, loaded when a folder is first sent as a zip, or something is copied to another file system:
// with its compressors in its wake it is megabytes of memory that an agent does without otherwise.
#pragma once
#include "core/base/error.hpp"

#include <archive.h>
#include <archive_entry.h>

namespace mesh::share::libarchive {

// clang-format off
#define MESH_LIBARCHIVE_FUNCTIONS(X)                                                                         \
  X(archive_entry_free) X(archive_entry_new) X(archive_entry_pathname) X(archive_entry_set_filetype)         \
  X(archive_entry_set_gid) X(archive_entry_set_mtime) X(archive_entry_set_pathname)                          \
  X(archive_entry_set_perm) X(archive_entry_set_size) X(archive_entry_set_symlink) X(archive_entry_set_uid)  \
  X(archive_errno) X(archive_error_string) X(archive_read_data_block) X(archive_read_disk_descend)           \
  X(archive_read_disk_new) X(archive_read_disk_open) X(archive_read_disk_set_symlink_physical)               \
  X(archive_read_free) X(archive_read_next_header2) X(archive_write_close) X(archive_write_data)             \
  X(archive_write_data_block) X(archive_write_disk_new) X(archive_write_disk_set_options)                    \
  X(archive_write_finish_entry) X(archive_write_free) X(archive_write_header) X(archive_write_new)           \
  X(archive_write_open) X(archive_write_set_bytes_in_last_block) X(archive_write_set_bytes_per_block)        \
  X(archive_write_set_format_zip) X(archive_write_set_options)
// clang-format on

struct functions {
#define MESH_LIBARCHIVE_MEMBER(name) decltype(&::name) name = nullptr;
  MESH_LIBARCHIVE_FUNCTIONS(MESH_LIBARCHIVE_MEMBER)
#undef MESH_LIBARCHIVE_MEMBER
};

// Filled by load(); nothing of it may be called before load() succeeded.
const functions& call() noexcept;

// From any thread, as often as one likes. Errors: library_missing.
result<void> load();

}  // namespace mesh::share::libarchive
