// NAME.part and the journal beside it: the beginning of a file that is being received, found again after any
// crash and never mistaken for another one.
#pragma once
#include "agent/os/fd.hpp"
#include "agent/os/safe_dir.hpp"
#include "agent/share/resume_journal.hpp"
#include "core/base/error.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mesh::share {

// True for a transfer that came from this user's device under that id and will go on: nobody else gets its
// part.
using expected_transfer =
    std::function<bool(const std::string& user, const std::string& device, const std::string& transfer_id)>;

// The part stays locked (flock(2)) for as long as this lives, so that two transfers never write to the same
// one.
class part_file {
 public:
  // Goes on with the part of this transfer, else of this very file, else of an earlier version of it (same
  // sender and name, changed since) that nobody will go on with, else makes a new one under a free name. dir
  // outlives the part.
  // Errors: busy when another transfer writes this very file, file_exists when no name is free, disk_full,
  // io.
  static result<part_file> open(const os::safe_dir& dir, const part_identity& file,
                                const expected_transfer& expected);

  // Under a free name, whatever lies there. Errors: file_exists, disk_full, io.
  static result<part_file> make(const os::safe_dir& dir, const part_identity& file);

  int fd() const noexcept { return fd_->get(); }
  const std::string& name() const noexcept { return name_; }
  // What an earlier attempt left: whole chunks, or the whole file.
  std::uint64_t length() const noexcept { return length_; }
  const std::vector<std::string>& journal() const noexcept { return hashes_; }

  // Its journal names this transfer and this file. Otherwise restart() makes it ours, and until then
  // put_back() leaves it as it was.
  bool is_ours() const noexcept { return kin_ == kinship::ours; }
  // It is the beginning of what another transfer brought.
  bool is_of_another() const noexcept { return kin_ == kinship::same_file || kin_ == kinship::earlier; }
  void put_back() noexcept;
  // The first length bytes hold, the rest is thrown away. Errors: io.
  result<void> restart(std::uint64_t length);
  // The block that ends at `end` was written; it comes into the journal at the next checkpoint.
  void mark(std::uint64_t end, const std::string& hash);
  // For a worker thread, which may outlive this: fdatasync of the part, then of the journal.
  std::move_only_function<void()> checkpoint();
  // The part has its final name now, or is gone: nothing to resume.
  void forget_journal() noexcept;
  // Everything marked so far goes into the journal without waiting for the disk.
  void save_marks() noexcept;

 private:
  explicit part_file(const os::safe_dir& dir) : dir_(&dir) {}
  // changed: of this transfer, whose file is another by now. same_file, earlier: of another transfer.
  enum class kinship : std::uint8_t { ours, changed, same_file, earlier, none };
  static kinship kinship_of(const part_identity& found, const part_identity& file,
                            const expected_transfer& expected);
  // Nullopt when that name holds no part that stands so to this file.
  static result<std::optional<part_file>> find(const os::safe_dir& dir, const std::string& name,
                                               const part_identity& file, kinship wanted,
                                               const expected_transfer& expected);
  void make_journal(const part_identity& file);
  result<void> write_journal();

  const os::safe_dir* dir_;
  std::shared_ptr<os::unique_fd> fd_;
  std::shared_ptr<os::unique_fd> journal_fd_;  // null: without a journal, when none could be made
  std::string name_;
  std::string header_;
  std::uint64_t length_ = 0;
  kinship kin_ = kinship::ours;
  std::vector<std::string> hashes_;  // in the journal or on their way there
  std::string pending_;              // lines not yet handed to anybody
};

}  // namespace mesh::share
