#include "agent/share/directory_sink.hpp"

#include "agent/os/os_error.hpp"
#include "agent/os/process.hpp"
#include "agent/share/arrival_mark.hpp"
#include "agent/share/arrived_file.hpp"
#include "agent/share/read_fully.hpp"
#include "agent/share/safe_name.hpp"
#include "agent/share/space_claim.hpp"
#include "agent/share/write_fully.hpp"
#include "agent/share/xattrs.hpp"
#include "core/base/limits.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <linux/magic.h>
#include <optional>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <fmt/format.h>

namespace mesh::share {
namespace {

constexpr mode_t final_mode = 0644;

// Reserving space is a matter of metadata there; elsewhere it would write or touch every page.
bool reserves_cheaply(int fd) noexcept {
  struct statfs facts{};
  if (::fstatfs(fd, &facts) != 0) return false;
  constexpr long xfs = 0x58465342;
  return facts.f_type == EXT4_SUPER_MAGIC || facts.f_type == BTRFS_SUPER_MAGIC || facts.f_type == xfs;
}

class directory_sink final : public file_sink {
 public:
  directory_sink(os::safe_dir dir, collision policy, expected_transfer expected)
      : dir_(std::move(dir)), policy_(policy), expected_(std::move(expected)) {}
  ~directory_sink() override { abandon(true); }

  result<sink_start> open(const sink_file& file) override;
  result<void> read(std::uint64_t offset, std::span<std::byte> out) const override;
  result<void> restart(std::uint64_t length) override;
  result<void> write(std::uint64_t offset, bytes_view data) override;
  bool leaves_holes() const override { return true; }
  result<void> skip(std::uint64_t offset, std::uint64_t size) override;
  bool keeps_xattrs() const override { return share::keeps_xattrs(fd()); }
  result<void> set_xattrs(std::span<const wire::extended_attribute> attributes) override {
    return put_xattrs(dir_, fd(), attributes, path());
  }
  void mark(std::uint64_t end, const std::string& hash) override { part_->mark(end, hash); }
  bool has_arrived() const override { return arrived_.has_value(); }
  std::move_only_function<void()> checkpoint() override { return part_->checkpoint(); }
  result<void> flush() override;
  result<std::string> commit() override;
  void abandon(bool keep) noexcept override;
  std::string path() const override { return (dir_.path() / current_).string(); }

 private:
  int fd() const noexcept { return arrived_ ? arrived_->fd() : part_->fd(); }
  part_identity identity() const;
  result<void> begin_anew();
  result<void> make_ours(std::uint64_t offset);
  result<void> reserve();
  void moved_to(std::uint64_t offset) noexcept;
  bool replaceable(const std::string& name) const;
  result<void> give(const std::string& name, bool replacing);

  os::safe_dir dir_;
  collision policy_;
  expected_transfer expected_;
  space_claim space_;  // of what is not written yet
  sink_file file_;
  std::optional<arrived_file> arrived_;  // then there is no part
  std::optional<part_file> part_;        // from open() to commit() or abandon()
  std::string current_;                  // the name that the file has now
  std::uint64_t written_ = 0;
};

result<sink_start> directory_sink::open(const sink_file& file) {
  file_ = file;
  arrived_ = arrived_file::find(dir_, file);
  if (arrived_) {
    current_ = arrived_->name();
    return sink_start{file.size, {}};
  }
  if (policy_ == collision::skip) {
    const auto taken = is_taken(dir_, file.name);
    if (!taken) return std::unexpected(taken.error());
    if (*taken) return fail(errc::file_exists, "the receiver has a file of that name and keeps it", "name");
  }
  auto part = part_file::open(dir_, identity(), expected_);
  if (!part) return pass(part);
  part_ = std::move(*part);
  current_ = part_->name();
  written_ = part_->length();
  auto fits = reserve();
  if (fits) return sink_start{part_->length(), part_->journal()};
  abandon(true);
  return pass(fits);
}

// What an earlier attempt wrote has its place already. The size stays what was written, so that a part that
// is left behind tells how far it got.
result<void> directory_sink::reserve() {
  auto space = space_claim::promise(dir_, file_.size - written_);
  if (!space) return pass(space);
  if (file_.size == written_) return {};
  if (reserves_cheaply(part_->fd())) {
    if (::fallocate(part_->fd(), FALLOC_FL_KEEP_SIZE, static_cast<off_t>(written_),
                    static_cast<off_t>(file_.size - written_)) == 0)
      return {};
    if (os::code_of_errno(errno, errc::io) == errc::disk_full)
      return os::fail_errno(errno, "reserve " + path());
  }
  space_ = std::move(*space);
  return {};
}

result<void> directory_sink::read(std::uint64_t offset, std::span<std::byte> out) const {
  if (arrived_) return arrived_->read(offset, out);
  return read_at(part_->fd(), offset, out, path());
}

result<void> directory_sink::restart(std::uint64_t length) {
  if (arrived_) return arrived_->disown();
  if (length == 0 && part_->is_of_another()) return begin_anew();
  written_ = length;
  return part_->restart(length);
}

// Nothing is the same: it is another file of that name, which keeps its part.
result<void> directory_sink::begin_anew() {
  part_->put_back();
  space_.shrink_to(0);
  auto part = part_file::make(dir_, identity());
  if (!part) return pass(part);
  part_ = std::move(*part);
  current_ = part_->name();
  written_ = 0;
  return reserve();
}

part_identity directory_sink::identity() const {
  return {file_.user,       file_.device, file_.name, file_.size, unix_milliseconds(file_.mtime),
          file_.transfer_id};
}

// All of what is there was the same.
result<void> directory_sink::make_ours(std::uint64_t offset) {
  return part_->is_ours() ? result<void>() : part_->restart(offset);
}

result<void> directory_sink::write(std::uint64_t offset, bytes_view data) {
  if (auto ours = make_ours(offset); !ours) return ours;
  if (auto done = write_at(part_->fd(), offset, data, path()); !done) return done;
  moved_to(offset + data.size());
  return {};
}

result<void> directory_sink::skip(std::uint64_t offset, std::uint64_t size) {
  if (auto ours = make_ours(offset); !ours) return ours;
  if (auto done = leave_hole(part_->fd(), offset + size, size, path()); !done) return done;
  moved_to(offset + size);
  return {};
}

void directory_sink::moved_to(std::uint64_t offset) noexcept {
  written_ = offset;
  space_.shrink_to(file_.size - std::min(file_.size, written_));
}

result<void> directory_sink::flush() {
  if (arrived_) return {};
  // Of an earlier version that was longer.
  if (::ftruncate(part_->fd(), static_cast<off_t>(file_.size)) != 0)
    return os::fail_errno(errno, "cut " + path(), errc::write_failed);
  const auto mtime = unix_milliseconds(file_.mtime);
  const timespec times[2] = {{0, UTIME_OMIT}, {mtime / 1000, mtime % 1000 * 1'000'000}};
  // Some file systems (FAT, some FUSE) know neither; the content is what counts.
  [[maybe_unused]] const bool dated = ::futimens(part_->fd(), times) == 0;
  [[maybe_unused]] const bool opened = ::fchmod(part_->fd(), final_mode & ~os::process_umask()) == 0;
  set_arrival_mark(part_->fd(), arrival_mark(file_.user, file_.device, file_.transfer_id));
  if (::fsync(part_->fd()) != 0) return os::fail_errno(errno, "sync " + path(), errc::write_failed);
  return {};
}

// Only a plain entry of exactly that name, never a part of ours.
bool directory_sink::replaceable(const std::string& name) const {
  struct stat facts{};
  return policy_ == collision::overwrite && !names_a_part(name) &&
         ::fstatat(dir_.fd(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(facts.st_mode);
}

result<void> directory_sink::give(const std::string& name, bool replacing) {
  return replacing ? dir_.rename_over(current_, name) : dir_.rename_new(current_, name);
}

result<std::string> directory_sink::commit() {
  if (arrived_) return current_;
  for (unsigned attempt = 0; attempt < numbered_names_max; ++attempt) {
    const bool replacing = replaceable(file_.name);
    auto name = replacing ? result<std::string>(file_.name) : free_name_in(dir_, file_.name, current_);
    if (!name) return name;
    if (policy_ == collision::skip && *name != file_.name)
      return fail(errc::file_exists, "a file of that name came meanwhile", "name");
    const auto renamed = give(*name, replacing);
    if (renamed) {
      current_ = *name;
      part_->forget_journal();
      part_.reset();
      if (auto synced = dir_.sync(); !synced) return pass(synced);
      return name;
    }
    if (renamed.error().code != errc::file_exists) return fail(errc::write_failed, renamed.error().detail);
  }
  return fail(errc::file_exists, "no free name for " + file_.name);
}

// Kept: what was reserved but not written is given back.
void directory_sink::abandon(bool keep) noexcept {
  space_.shrink_to(0);
  if (!part_) return;
  if (!part_->is_ours()) {
    part_->put_back();
  } else if (keep && written_ > 0) {
    [[maybe_unused]] const int ignored = ::ftruncate(part_->fd(), static_cast<off_t>(written_));
    part_->save_marks();
  } else {
    (void)dir_.remove(current_);
    part_->forget_journal();
  }
  part_.reset();
}

}  // namespace

result<std::unique_ptr<file_sink>> make_directory_sink(const std::filesystem::path& directory,
                                                       collision policy, expected_transfer expected) {
  auto dir = os::safe_dir::open(directory, true);
  if (!dir) return pass(dir);
  return std::make_unique<directory_sink>(std::move(*dir), policy, std::move(expected));
}

}  // namespace mesh::share
