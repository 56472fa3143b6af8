// A folder of ours as it is offered: listed once, its files opened later beneath it without following links.
#pragma once
#include "agent/os/safe_dir.hpp"
#include "agent/share/file_source.hpp"
#include "agent/share/transfer.hpp"
#include "core/wire/p2p_message.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mesh::share {

inline constexpr std::size_t missed_paths_max = 5;

// entries: in the manifest's order. files, size: their number and bytes. left_out: what is not among them and
// why (files, files_done and kept stay 0): links that lead out, devices, pipes, what cannot be read. missed:
// the first paths of what makes it incomplete.
struct source_tree {
  os::safe_dir dir;
  std::string name;
  std::string origin;
  std::int64_t mtime = 0;
  std::uint32_t mode = 0;
  std::vector<wire::manifest_entry> entries = {};
  std::map<std::size_t, std::string> local_paths = {};  // where a name is no UTF-8
  std::uint64_t files = 0;
  std::uint64_t size = 0;
  tree_figures left_out = {};
  std::vector<std::string> missed = {};

  // Errors: not_found, file_unreadable, not_a_file; name_unsafe when a link stands there now.
  result<file_source> open(std::size_t entry) const;
  // Of a directory; of the folder itself without a number. None when it is gone.
  carried_xattrs xattrs_of(std::optional<std::size_t> directory) const;

 private:
  const std::string& local(std::size_t entry) const;
};

// Whether .meshignore files in the folder decide what stays here.
enum class ignore_files { obey, overlook };

// Reads the whole folder, so it belongs on a worker thread. Errors: not_found, not_a_file, file_unreadable,
// too_large above limits::folder_entries_max and for a .meshignore beyond its bounds.
result<source_tree> scan_tree(const std::filesystem::path& folder,
                              ignore_files patterns = ignore_files::obey);

// The same for a folder that somebody opened; it goes under the last component of its path.
result<source_tree> scan_dir(os::safe_dir dir, ignore_files patterns = ignore_files::obey);

}  // namespace mesh::share
