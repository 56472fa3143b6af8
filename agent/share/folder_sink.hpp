// Where the content of a received folder goes once it is known what is there already (folder_survey): into
// NAME.part, which gets its name at the end, or nowhere, when all of it had arrived before. Every name is
// reached beneath that directory without following links (openat2); links of the folder itself are made at
// the very end.
#pragma once
#include "agent/share/growing_folder.hpp"
#include "agent/share/known_prefix.hpp"
#include "agent/share/xattrs.hpp"
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/wire/p2p_message.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace mesh::share {

// What is there of a folder already. whole: hash of files that are there from the first to the last byte.
// begun: marks of those of which there is a beginning.
struct kept_files {
  struct beginning {
    std::uint64_t block_bytes = 0;
    std::vector<prefix_mark> marks;
  };
  std::unordered_map<std::uint64_t, std::string> whole;
  std::map<std::uint64_t, beginning> begun;
  std::uint64_t bytes = 0;
};

class folder_sink {
 public:
  folder_sink(const folder_sink&) = delete;
  folder_sink& operator=(const folder_sink&) = delete;
  // What is incomplete stays.
  virtual ~folder_sink() = default;

  const std::vector<wire::manifest_entry>& entries() const noexcept { return folder_->entries; }
  kept_files& what_is_kept() noexcept { return kept_; }
  // Entries whose names had to be changed: their number and local path.
  const std::vector<wire::renamed_entry>& renamed() const noexcept { return folder_->layout.renamed(); }
  // Where it is now, for people.
  std::string path() const { return shown_path(*folder_, current_); }

  // The file's content from `start` on follows; what lies before stays. Errors: disk_full, io, busy.
  virtual result<void> begin(std::uint64_t entry, std::uint64_t start) = 0;
  virtual result<void> write(std::uint64_t offset, bytes_view data) = 0;
  // As file_sink::skip().
  virtual result<void> skip(std::uint64_t offset, std::uint64_t size) = 0;
  bool keeps_xattrs() const noexcept { return share::keeps_xattrs(folder_->part.tree().fd()); }
  // Of the file or directory, before its end; of the folder itself without a number. Errors: disk_full, io.
  virtual result<void> set_xattrs(std::optional<std::uint64_t> entry,
                                  std::span<const wire::extended_attribute> attributes) = 0;
  // The file is whole and verified. Errors: write_failed.
  virtual result<void> end() = 0;
  // A file that will not come, or whose content cannot be trusted.
  virtual void drop(std::uint64_t entry) noexcept = 0;
  // Work for a worker thread, alongside everything else: what was written comes to the disk. Empty when there
  // is nothing to do.
  virtual std::move_only_function<void()> checkpoint() const = 0;

  // -- on a worker thread, while nothing else touches the sink
  // After the last file: links, times and modes; everything comes to the disk. Errors: disk_full,
  // write_failed.
  virtual result<void> finish() = 0;
  // After finish(): the folder appears under its name, or "NAME (1)", or what it holds is put into the folder
  // that has the name, as the policy says; the name is returned. Errors: write_failed, file_exists.
  virtual result<std::string> commit() = 0;

 protected:
  folder_sink(std::unique_ptr<growing_folder> folder, kept_files kept)
      : folder_(std::move(folder)), kept_(std::move(kept)), current_(folder_->part.name()) {}

  std::unique_ptr<growing_folder> folder_;
  kept_files kept_;
  std::string current_;  // the name that it has
};

std::unique_ptr<folder_sink> make_part_sink(std::unique_ptr<growing_folder> folder, kept_files kept);
// All of it came by the same transfer before, and kept is all of it: nothing is written. begin() fails with
// busy, after which the next attempt begins anew.
std::unique_ptr<folder_sink> make_arrived_sink(std::unique_ptr<growing_folder> folder, kept_files kept);

}  // namespace mesh::share
