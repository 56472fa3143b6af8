#include "agent/share/folder_replies.hpp"

#include "core/base/limits.hpp"

#include <algorithm>

namespace mesh::share {
namespace {

// Of kept files in one FOLDER_ACCEPT; each block is a hash in quotation marks.
constexpr std::size_t kept_bytes = 100;
constexpr std::size_t block_bytes = 67;

}  // namespace

std::vector<wire::folder_accept> kept_pages(const kept_files& kept,
                                            std::span<const wire::manifest_entry> entries, bool xattrs) {
  std::vector<wire::folder_accept> out{{false, {}, {}}};
  std::size_t bytes = 0;
  const auto add = [&](wire::kept_file file) {
    const auto needs = kept_bytes + file.blocks.size() * block_bytes;
    if (bytes > 0 && bytes + needs > limits::manifest_page_bytes) {
      out.push_back({false, {}, {}});
      bytes = 0;
    }
    bytes += needs;
    out.back().kept.push_back(std::move(file));
  };
  for (const auto& [entry, hash] : kept.whole) {
    const auto size = entries[entry].size;
    add({entry, size, std::max(size, limits::resume_block_bytes), {hash}});
  }
  for (const auto& [entry, beginning] : kept.begun) {
    wire::kept_file file{entry, beginning.marks.back().end, beginning.block_bytes, {}};
    for (const auto& mark : beginning.marks) file.blocks.push_back(mark.hash);
    add(std::move(file));
  }
  out.back().last = true;
  out.back().holes = true;
  if (xattrs) out.back().xattrs = true;
  return out;
}

wire::folder_result named_result(const folder_sink& sink, const std::string& name, const std::string& hash,
                                 tree_figures& tree) {
  const auto& renamed = sink.renamed();
  tree.renamed = renamed.size();
  wire::folder_result out{.ok = true, .hash = hash, .code = {}, .message = {}, .name = name};
  if (renamed.empty()) return out;
  out.renamed_count = renamed.size();
  out.renamed.emplace();
  std::size_t bytes = 0;
  for (const auto& entry : renamed) {
    bytes += kept_bytes + 6 * entry.path.size();
    if (bytes > limits::manifest_page_bytes) break;
    out.renamed->push_back(entry);
    tree.note(errc::file_exists, sink.entries()[entry.entry].path, entry.path);
  }
  return out;
}

}  // namespace mesh::share
