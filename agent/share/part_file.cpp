#include "agent/share/part_file.hpp"

#include "agent/os/os_error.hpp"
#include "agent/share/safe_name.hpp"
#include "agent/share/write_fully.hpp"
#include "core/base/limits.hpp"
#include "core/base/log.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace mesh::share {
namespace {

struct stat facts_of(int fd) noexcept {
  struct stat facts{};
  (void)::fstat(fd, &facts);
  return facts;
}

std::string content_of(int fd) {
  const auto size = static_cast<std::size_t>(facts_of(fd).st_size);
  if (size > limits::journal_bytes_max) return {};
  std::string out(size, '\0');
  const auto got = ::pread(fd, out.data(), out.size(), 0);
  out.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return out;
}

// Appends, for the journal is opened so. What does not fit a full disk is lost, and with it what could be
// resumed.
void append(int fd, std::string_view text) noexcept {
  [[maybe_unused]] const auto written = ::write(fd, text.data(), text.size());
}

}  // namespace

// The sender compares what lies here with what it has now: nothing of the old content stays by mistake.
part_file::kinship part_file::kinship_of(const part_identity& found, const part_identity& file,
                                         const expected_transfer& expected) {
  if (found.is_same_transfer(file)) return found.is_same_file(file) ? kinship::ours : kinship::changed;
  if (found.is_same_file(file)) return kinship::same_file;
  const bool goes_on = expected && expected(found.user, found.device, found.transfer_id);
  const bool earlier =
      found.is_same_sender(file) && found.name == file.name && found.mtime < file.mtime && !goes_on;
  return earlier ? kinship::earlier : kinship::none;
}

result<part_file> part_file::open(const os::safe_dir& dir, const part_identity& file,
                                  const expected_transfer& expected) {
  for (const auto wanted : {kinship::ours, kinship::changed, kinship::same_file, kinship::earlier})
    for (unsigned number = 0; number < numbered_names_max; ++number) {
      const auto name = part_name(file.name, number);
      if (number >= searched_names_min && !dir.facts(name)) break;
      auto found = find(dir, name, file, wanted, expected);
      if (!found) return pass(found);
      if (*found) return std::move(**found);
    }
  return make(dir, file);
}

result<std::optional<part_file>> part_file::find(const os::safe_dir& dir, const std::string& name,
                                                 const part_identity& file, kinship wanted,
                                                 const expected_transfer& expected) {
  const auto journal_fd = dir.reopen_own_file(journal_name(name));
  auto part_fd = dir.reopen_own_file(name);
  if (!journal_fd || !part_fd) return std::nullopt;
  auto journal = parse_journal(content_of(journal_fd->get()));
  const auto facts = facts_of(part_fd->get());
  const auto size = static_cast<std::uint64_t>(facts.st_size);
  if (!journal || journal->inode != facts.st_ino) return std::nullopt;
  if (kinship_of(journal->file, file, expected) != wanted) return std::nullopt;
  if (journal->file.is_same_file(file) && size > file.size) return std::nullopt;
  if (::flock(part_fd->get(), LOCK_EX | LOCK_NB) != 0) {
    if (wanted == kinship::earlier) return std::nullopt;  // it is another file of that name after all
    return fail(errc::busy, "this file is already being received");
  }
  const auto usable = std::min(size, file.size);
  part_file out(dir);
  out.fd_ = std::make_shared<os::unique_fd>(std::move(*part_fd));
  out.name_ = name;
  out.kin_ = wanted;
  out.length_ = usable == file.size ? usable : usable / limits::chunk_bytes * limits::chunk_bytes;
  if (wanted == kinship::earlier && out.length_ == 0) return std::nullopt;
  out.hashes_ = std::move(journal->hashes);
  out.hashes_.resize(std::min<std::size_t>(out.hashes_.size(), out.length_ / limits::resume_block_bytes));
  out.header_ = journal_header(file, facts.st_ino);
  const int again =
      os::detail::open_beneath(dir.fd(), journal_name(name), O_WRONLY | O_APPEND | O_NOFOLLOW, 0);
  out.journal_fd_ = std::make_shared<os::unique_fd>(again);
  // A torn line must not stand before the next ones.
  if (out.is_ours())
    if (auto written = out.write_journal(); !written) return pass(written);
  return out;
}

result<part_file> part_file::make(const os::safe_dir& dir, const part_identity& file) {
  for (unsigned number = 0; number < numbered_names_max; ++number) {
    const auto name = part_name(file.name, number);
    auto fd = dir.create_file(name);
    if (!fd && fd.error().code == errc::file_exists) continue;
    if (!fd) return pass(fd);
    part_file out(dir);
    out.fd_ = std::make_shared<os::unique_fd>(std::move(*fd));
    out.name_ = name;
    (void)::flock(out.fd(), LOCK_EX | LOCK_NB);
    out.make_journal(file);
    return out;
  }
  return fail(errc::file_exists, "no free name for " + file.name);
}

void part_file::make_journal(const part_identity& file) {
  const auto name = journal_name(name_);
  // Of a part that is gone: nobody else can have made a file of that name.
  (void)dir_->remove(name);
  auto fd = dir_->create_file(name);
  if (!fd) return log::debug("share", "no journal beside {}: {}", name_, fd.error().detail);
  (void)::fcntl(fd->get(), F_SETFL, O_APPEND);
  journal_fd_ = std::make_shared<os::unique_fd>(std::move(*fd));
  header_ = journal_header(file, facts_of(fd_->get()).st_ino);
  append(journal_fd_->get(), header_);
}

result<void> part_file::restart(std::uint64_t length) {
  if (::ftruncate(fd(), static_cast<off_t>(length)) != 0)
    return os::fail_errno(errno, "cut " + (dir_->path() / name_).string());
  length_ = length;
  const auto blocks = static_cast<std::size_t>(length / limits::resume_block_bytes);
  const bool adopted = std::exchange(kin_, kinship::ours) != kinship::ours;
  if (!journal_fd_ || (hashes_.size() <= blocks && !adopted)) return {};
  hashes_.resize(std::min(hashes_.size(), blocks));
  pending_.clear();
  return write_journal();
}

// At no moment is there no journal: whoever dies in here has lost nothing.
result<void> part_file::write_journal() {
  std::string text = header_;
  for (std::size_t i = 0; i < hashes_.size(); ++i) text += journal_line(i, hashes_[i]);
  const auto name = journal_name(name_);
  const auto there = dir_->reopen_own_file(name);
  if (!there || !content_of(there->get()).starts_with(text)) {
    // Not by the descriptor that appends.
    const os::unique_fd over(os::detail::open_beneath(dir_->fd(), name, O_WRONLY | O_NOFOLLOW, 0));
    if (auto written = write_at(over.get(), 0, as_bytes(text), name); !written) return written;
  }
  if (::ftruncate(journal_fd_->get(), static_cast<off_t>(text.size())) != 0)
    return os::fail_errno(errno, "cut a journal");
  return {};
}

void part_file::put_back() noexcept {
  // Cut where it ends already: what was reserved behind it is free again.
  [[maybe_unused]] const int ignored = ::ftruncate(fd(), facts_of(fd()).st_size);
}

void part_file::mark(std::uint64_t end, const std::string& hash) {
  const auto index = end / limits::resume_block_bytes - 1;
  if (index != hashes_.size()) return;  // one that stands there already
  pending_ += journal_line(index, hash);
  hashes_.push_back(hash);
}

std::move_only_function<void()> part_file::checkpoint() {
  if (!journal_fd_) return {};
  return [part = fd_, journal = journal_fd_, lines = std::exchange(pending_, {})] {
    if (::fdatasync(part->get()) != 0) return;  // nothing may be said of what is not there
    append(journal->get(), lines);
    (void)::fdatasync(journal->get());
  };
}

void part_file::save_marks() noexcept {
  if (journal_fd_) append(journal_fd_->get(), std::exchange(pending_, {}));
}

void part_file::forget_journal() noexcept {
  if (!journal_fd_) return;
  (void)dir_->remove(journal_name(name_));
  journal_fd_.reset();
}

}  // namespace mesh::share
