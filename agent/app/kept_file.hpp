// A small value that the daemon keeps in its state directory, as JSON.
#pragma once
#include "agent/os/atomic_file.hpp"
#include "agent/os/private_dir.hpp"
#include "core/base/error.hpp"
#include "core/wire/json.hpp"

#include <string>

namespace mesh::app {

inline constexpr std::size_t kept_file_bytes_max = 1024UZ * 1024;

// What was kept; a fresh T when nothing was. Errors: state_unreadable, with the file.
template <class T>
result<T> read_kept(const os::private_dir& dir, const char* name) {
  const auto text = os::read_private_file(dir, name, kept_file_bytes_max);
  if (!text) return std::unexpected(text.error());
  if (!*text) return T();
  const auto json = wire::parse_json((*text)->reveal(), kept_file_bytes_max);
  auto read = json ? wire::from_json<T>(*json) : result<T>(std::unexpected(json.error()));
  if (!read) return fail(errc::state_unreadable, (dir.path() / name).string() + ": " + read.error().detail);
  return read;
}

// Errors: disk_full, io; what was kept before then stands.
template <class T>
result<void> keep(const os::private_dir& dir, const char* name, const T& value) {
  const auto text = wire::to_text(wire::to_json(value));
  return os::write_file_atomically(dir, name, as_bytes(text));
}

}  // namespace mesh::app
