// Where a received folder goes: NAME.part while it grows, then NAME. Every name is reached beneath that
// directory without following links (openat2); links of the folder itself are made at the very end. A file
// that is incomplete has another modification time or size than the one announced, so that after a crash
// every whole file, and the beginning of the others, is found and read once more.
#pragma once
#include "agent/os/safe_dir.hpp"
#include "agent/share/collision.hpp"
#include "agent/share/earlier_folder.hpp"
#include "agent/share/known_prefix.hpp"
#include "agent/share/manifest.hpp"
#include "agent/share/part_folder.hpp"
#include "agent/share/space_claim.hpp"
#include "agent/share/xattrs.hpp"
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/wire/p2p_message.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace mesh::share {

class folder_sink {
 public:
  // What is there of the folder already. whole: hash of files that are there from the first to the last byte.
  // begun: marks of those of which there is a beginning.
  struct kept {
    struct beginning {
      std::uint64_t block_bytes = 0;
      std::vector<prefix_mark> marks;
    };
    std::unordered_map<std::uint64_t, std::string> whole;
    std::map<std::uint64_t, beginning> begun;
    std::uint64_t bytes = 0;
  };

  // directory: where NAME is to appear; made when absent. Errors: not_found, busy, disk_full, io; file_exists
  // when the name is taken and the policy is to skip.
  static result<std::unique_ptr<folder_sink>> open(const std::filesystem::path& directory,
                                                   const manifest_reader::offer& offer,
                                                   const folder_identity& identity,
                                                   std::vector<wire::manifest_entry> entries,
                                                   collision policy = collision::rename);
  folder_sink(const folder_sink&) = delete;
  folder_sink& operator=(const folder_sink&) = delete;
  // What is incomplete stays.
  ~folder_sink();

  const std::vector<wire::manifest_entry>& entries() const noexcept { return entries_; }

  // -- on a worker thread, while nothing else touches the sink
  // One bounded step: throws away what does not belong there, makes the directories, reads what is there, and
  // takes over equal files of the same folder when it came before. False when there is no more to do. Errors:
  // disk_full, io.
  result<bool> prepare();
  // After the last file: links, times and modes; everything comes to the disk. Errors: disk_full,
  // write_failed.
  result<void> finish();
  // After finish(): the folder appears under its name, or "NAME (1)", or what it holds is put into the folder
  // that has the name, as the policy says; when all of it had come by the same transfer before, nothing more;
  // the name is returned. Errors: write_failed, file_exists.
  result<std::string> commit();

  // -- in between
  kept& what_is_kept() noexcept { return kept_; }
  // The file's content from `start` on follows; what lies before stays. Errors: disk_full, io.
  result<void> begin(std::uint64_t entry, std::uint64_t start);
  result<void> write(std::uint64_t offset, bytes_view data);
  // As file_sink::skip().
  result<void> skip(std::uint64_t offset, std::uint64_t size);
  bool keeps_xattrs() const noexcept { return share::keeps_xattrs(part_->tree().fd()); }
  // Of the file or directory, before its end; of the folder itself without a number. Errors: disk_full, io.
  result<void> set_xattrs(std::optional<std::uint64_t> entry,
                          std::span<const wire::extended_attribute> attributes);
  // The file is whole and verified. Errors: write_failed.
  result<void> end();
  // A file that will not come, or whose content cannot be trusted.
  void drop(std::uint64_t entry) noexcept;
  // Work for a worker thread, alongside everything else: what was written comes to the disk.
  std::move_only_function<void()> checkpoint() const;

  // Where it is now, for people.
  std::string path() const { return (dir_.path() / current_).string(); }
  // Entries whose names had to be changed: their number and local path.
  const std::vector<wire::renamed_entry>& renamed() const noexcept { return renamed_; }

 private:
  folder_sink(os::safe_dir dir, part_folder part, earlier_folder earlier, const manifest_reader::offer& offer,
              std::vector<wire::manifest_entry> entries);
  void name_entries();
  const std::string& local(std::uint64_t entry) const { return local_.at(entry); }
  // The directory that holds the entry; the last one is kept open.
  result<const os::safe_dir*> parent_of(std::uint64_t entry);
  result<void> lay_out();
  result<void> clean();
  result<void> make_directories();
  result<void> claim_space();
  void space_used(std::uint64_t count) noexcept;
  result<void> look_at(std::uint64_t entry);
  void keep_whole(std::uint64_t entry, std::string hash);
  result<void> make_links();
  result<void> dress_directories();
  result<void> sync();
  result<void> look_at_arrived(std::uint64_t entry);
  result<std::string> confirm_arrived();
  result<std::string> merge_into(const os::safe_dir& there);

  enum class stage { cleaning, reading, prepared };

  os::safe_dir dir_;
  std::optional<part_folder> part_;
  earlier_folder earlier_;
  manifest_reader::offer offer_;
  std::vector<wire::manifest_entry> entries_;
  std::vector<std::string> local_;
  std::vector<wire::renamed_entry> renamed_;
  std::string current_;
  collision policy_ = collision::rename;
  space_claim space_;  // of what is not written yet
  stage stage_ = stage::cleaning;
  std::uint64_t next_ = 0;
  std::uint64_t prepared_bytes_ = 0;
  kept kept_;
  std::string parent_path_;
  std::optional<os::safe_dir> parent_;
  os::unique_fd fd_;  // of the file that comes now
  std::uint64_t entry_ = 0;
  std::uint64_t written_ = 0;
  // All of it arrived by this transfer, of which the sender has not heard: it is only looked at where it is.
  bool confirming_ = false;
};

}  // namespace mesh::share
