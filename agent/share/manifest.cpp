#include "agent/share/manifest.hpp"

#include "agent/share/file_receiver.hpp"
#include "agent/share/safe_name.hpp"
#include "agent/share/tree_path.hpp"
#include "core/base/limits.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace mesh::share {
namespace {

constexpr std::uint32_t permission_bits = 0777;
// Of paths and targets, in memory.
constexpr std::size_t manifest_bytes_max = 256UZ * 1024 * 1024;
// Of a path that is kept among the directories, too.
constexpr std::size_t set_node_bytes = 64;
// Keys, punctuation and figures of one entry.
constexpr std::size_t entry_bytes = 120;

// Of a text within quotation marks in JSON.
std::size_t escaped_bytes(std::string_view text) noexcept {
  std::size_t out = 0;
  for (const char c : text) out += static_cast<unsigned char>(c) < 0x20 ? 6 : c == '"' || c == '\\' ? 2 : 1;
  return out;
}

std::unexpected<error> invalid(std::string detail) {
  return fail(errc::bad_message, std::move(detail), "entries");
}

}  // namespace

std::vector<std::pair<std::size_t, std::size_t>> manifest_pages(
    std::span<const wire::manifest_entry> entries) {
  std::vector<std::pair<std::size_t, std::size_t>> out{{0, 0}};
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto needs =
        entry_bytes + escaped_bytes(entries[i].path) + escaped_bytes(entries[i].target.value_or(""));
    if (bytes > 0 && bytes + needs > limits::manifest_page_bytes) {
      out.emplace_back(i, i);
      bytes = 0;
    }
    bytes += needs;
    out.back().second = i + 1;
  }
  return out;
}

result<void> manifest_reader::on_meta(const wire::folder_meta& meta) {
  if (pages_ != 0) return fail(errc::unexpected_message, "FOLDER_META came twice");
  if (auto good = check_transfer_id(meta.transfer_id); !good) return good;
  auto name = safe_name(meta.name);
  if (!name) return pass(name);
  offer_ = {meta.transfer_id,        std::move(*name),           meta.origin, meta.files, meta.size,
            clamp_mtime(meta.mtime), meta.mode & permission_bits};
  pages_ = meta.pages;
  announced_ = meta.entries;
  return {};
}

result<void> manifest_reader::on_page(wire::folder_manifest page) {
  if (pages_ == 0 || complete_) return fail(errc::unexpected_message, "FOLDER_MANIFEST has no place here");
  if (page.page != next_page_ || page.pages != pages_)
    return fail(errc::unexpected_message, fmt::format("page {} of {} where {} of {} is expected", page.page,
                                                      page.pages, next_page_, pages_));
  if (page.entries.empty() && announced_ > 0) return invalid("a page without entries");
  for (auto& entry : page.entries)
    if (auto added = add(std::move(entry)); !added) return added;
  return ++next_page_ == pages_ ? finish() : result<void>();
}

result<void> manifest_reader::add(wire::manifest_entry entry) {
  if (auto good = check_tree_path(entry.path); !good) return good;
  if (entries_.size() == announced_) return invalid("more entries than FOLDER_META announced");
  if (!entries_.empty() && entry.path <= entries_.back().path)
    return invalid("the paths do not ascend, or one comes twice");
  if (const auto parent = parent_path(entry.path);
      !parent.empty() && !directories_.contains(std::string(parent)))
    return invalid("an entry lies in what was not named as a directory");
  text_bytes_ += entry.path.size();
  if (entry.target) {
    if (auto good = check_link_target(entry.path, *entry.target); !good) return good;
    text_bytes_ += entry.target->size();
  }
  if (text_bytes_ > manifest_bytes_max) return invalid("the manifest is too large");
  if (entry.size > offer_.size - size_) return invalid("more bytes than FOLDER_META announced");
  size_ += entry.size;
  files_ += entry.kind == "file" ? 1 : 0;
  held_bytes_ += sizeof(entry) + entry.path.size() + (entry.target ? entry.target->size() : 0);
  if (entry.kind == "directory") {
    held_bytes_ += set_node_bytes + entry.path.size();
    directories_.insert(entry.path);
  }
  entry.mtime = clamp_mtime(entry.mtime);
  entry.mode &= permission_bits;
  entries_.push_back(std::move(entry));
  return {};
}

result<void> manifest_reader::finish() {
  if (entries_.size() != announced_ || files_ != offer_.files || size_ != offer_.size)
    return invalid("fewer entries, files or bytes than FOLDER_META announced");
  complete_ = true;
  directories_.clear();
  return {};
}

}  // namespace mesh::share
