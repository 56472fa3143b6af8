// What a folder holds, as it is offered: put on pages by the sender, believed step by step by the receiver.
#pragma once
#include "core/base/error.hpp"
#include "core/wire/p2p_message.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace mesh::share {

// The entries of each page, [first, second), so that every FOLDER_MANIFEST fits a message; one empty page for
// an empty folder.
std::vector<std::pair<std::size_t, std::size_t>> manifest_pages(
    std::span<const wire::manifest_entry> entries);

// What the receiver believes of a sender who may be hostile. Nothing touches the disk before complete().
class manifest_reader {
 public:
  // name: harmless (safe_name). mtime: Unix milliseconds, within what a file system can keep.
  struct offer {
    std::string transfer_id;
    std::string name;
    std::string origin;
    std::uint64_t files = 0;
    std::uint64_t size = 0;
    std::int64_t mtime = 0;
    std::uint32_t mode = 0;
  };

  // Errors: name_unsafe, field_invalid, unexpected_message for a second one.
  result<void> on_meta(const wire::folder_meta& meta);
  // Errors: unexpected_message for a page out of order or before FOLDER_META; bad_message when the
  // entries do not ascend (so none comes twice), a path does not lie in a directory that was named before,
  // there are more or fewer entries, files or bytes than announced, or too deep or long ones; name_unsafe for
  // paths and targets that lead out.
  result<void> on_page(wire::folder_manifest page);

  // Every page came and all figures agree.
  bool complete() const noexcept { return complete_; }
  const offer& offered() const noexcept { return offer_; }
  // Memory of what was taken, about.
  std::size_t held_bytes() const noexcept { return held_bytes_; }
  // After complete(). mode: permission bits only; mtime: as in offer.
  std::vector<wire::manifest_entry> take_entries() { return std::move(entries_); }

 private:
  result<void> add(wire::manifest_entry entry);
  result<void> finish();

  offer offer_;
  std::uint32_t pages_ = 0;  // 0: no FOLDER_META yet
  std::uint32_t next_page_ = 0;
  std::uint64_t announced_ = 0;
  std::uint64_t files_ = 0;
  std::uint64_t size_ = 0;
  std::size_t text_bytes_ = 0;
  std::size_t held_bytes_ = 0;
  bool complete_ = false;
  std::vector<wire::manifest_entry> entries_;
  std::unordered_set<std::string> directories_;
};

}  // namespace mesh::share
