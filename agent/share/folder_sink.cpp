#include "agent/share/folder_sink.hpp"

#include "agent/os/os_error.hpp"
#include "agent/share/entry_files.hpp"
#include "agent/share/merge_tree.hpp"
#include "agent/share/safe_name.hpp"
#include "agent/share/write_fully.hpp"

#include <cerrno>
#include <fcntl.h>
#include <ranges>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace mesh::share {
namespace {

constexpr std::size_t synced_apart_max = 64;

class part_sink final : public folder_sink {
 public:
  part_sink(std::unique_ptr<growing_folder> folder, kept_files kept)
      : folder_sink(std::move(folder), std::move(kept)) {}
  ~part_sink() override {
    if (fd_ && ::ftruncate(fd_.get(), static_cast<off_t>(written_)) != 0) fd_ = {};
  }
  part_sink(const part_sink&) = delete;
  part_sink& operator=(const part_sink&) = delete;

  result<void> begin(std::uint64_t entry, std::uint64_t start) override;
  result<void> write(std::uint64_t offset, bytes_view data) override;
  result<void> skip(std::uint64_t offset, std::uint64_t size) override;
  result<void> set_xattrs(std::optional<std::uint64_t> entry,
                          std::span<const wire::extended_attribute> attributes) override;
  result<void> end() override;
  void drop(std::uint64_t entry) noexcept override;
  std::move_only_function<void()> checkpoint() const override;
  result<void> finish() override;
  result<std::string> commit() override;

 private:
  const os::safe_dir& tree() const noexcept { return folder_->part.tree(); }
  result<void> make_links();
  result<void> dress_directories();
  result<void> sync();
  result<std::string> merge_into(const os::safe_dir& there);

  os::unique_fd fd_;  // of the file that comes now
  std::uint64_t entry_ = 0;
  std::uint64_t written_ = 0;
};

result<void> part_sink::begin(std::uint64_t entry, std::uint64_t start) {
  const auto parent = folder_->parent_of(entry);
  if (!parent) return std::unexpected(parent.error());
  const auto name = folder_->layout.name(entry);
  auto fd = (*parent)->create_file(name);
  if (!fd && fd.error().code == errc::file_exists) fd = (*parent)->reopen_own_file(name);
  if (!fd) return pass(fd);
  if (::ftruncate(fd->get(), static_cast<off_t>(start)) != 0)
    return os::fail_errno(errno, "cut " + folder_->layout.path(entry), errc::write_failed);
  fd_ = std::move(*fd);
  entry_ = entry;
  written_ = start;
  return {};
}

result<void> part_sink::write(std::uint64_t offset, bytes_view data) {
  if (auto done = write_at(fd_.get(), offset, data, folder_->layout.path(entry_)); !done) return done;
  written_ = offset + data.size();
  folder_->space_used(data.size());
  return {};
}

result<void> part_sink::skip(std::uint64_t offset, std::uint64_t size) {
  if (auto done = leave_hole(fd_.get(), offset + size, size, folder_->layout.path(entry_)); !done)
    return done;
  written_ = offset + size;
  folder_->space_used(size);
  return {};
}

result<void> part_sink::set_xattrs(std::optional<std::uint64_t> entry,
                                   std::span<const wire::extended_attribute> attributes) {
  const auto put = [&](int fd) {
    return put_xattrs(tree(), fd, attributes, entry ? folder_->layout.path(*entry) : path());
  };
  if (!entry) return put(tree().fd());
  if (fd_ && *entry == entry_) return put(fd_.get());
  if (entries()[*entry].kind == "directory") {
    const auto dir = tree().open_dir(folder_->layout.path(*entry));
    return dir ? put(dir->fd()) : std::unexpected(dir.error());
  }
  const auto file = tree().reopen_own_file(folder_->layout.path(*entry));
  return file ? put(file->get()) : std::unexpected(file.error());
}

result<void> part_sink::end() {
  const auto& entry = entries()[entry_];
  if (folder_->earlier.merges()) folder_->earlier.mark_file(fd_.get());  // while its mode still lets us
  [[maybe_unused]] const bool opened = ::fchmod(fd_.get(), static_cast<mode_t>(entry.mode)) == 0;
  set_mtime(fd_.get(), entry.mtime);
  fd_ = {};
  return {};
}

void part_sink::drop(std::uint64_t entry) noexcept {
  fd_ = {};
  if (const auto parent = folder_->parent_of(entry)) (void)(*parent)->remove(folder_->layout.name(entry));
}

std::move_only_function<void()> part_sink::checkpoint() const {
  const auto copy = std::make_shared<os::unique_fd>(::fcntl(tree().fd(), F_DUPFD_CLOEXEC, 3));
  return [copy] { (void)::syncfs(copy->get()); };
}

// -- the end

result<void> part_sink::finish() {
  if (auto made = make_links(); !made) return made;
  // Files that were taken over or found have no mode yet.
  for (const auto& entry : kept_.whole | std::views::keys) {
    const auto parent = folder_->parent_of(entry);
    if (parent)
      (void)::fchmodat((*parent)->fd(), folder_->layout.name(entry).c_str(),
                       static_cast<mode_t>(entries()[entry].mode), 0);
  }
  if (auto done = dress_directories(); !done) return done;
  return sync();
}

// Few entries one by one; many are cheaper all at once, with whatever else the file system has to write.
result<void> part_sink::sync() {
  const auto failed = [this] { return os::fail_errno(errno, "sync " + path(), errc::write_failed); };
  if (entries().size() > synced_apart_max) return ::syncfs(tree().fd()) == 0 ? result<void>() : failed();
  for (std::uint64_t i = 0; i < entries().size(); ++i) {
    if (entries()[i].kind == "link") continue;
    const os::unique_fd fd(
        os::detail::open_beneath(tree().fd(), folder_->layout.path(i), O_RDONLY | O_NONBLOCK, 0));
    // A file that did not come, or one that its mode hides from us.
    if (!fd && (errno == ENOENT || errno == EACCES)) continue;
    if (!fd || ::fsync(fd.get()) != 0) return failed();
  }
  return tree().sync();
}

result<void> part_sink::make_links() {
  for (std::uint64_t i = 0; i < entries().size(); ++i) {
    if (entries()[i].kind != "link") continue;
    const auto parent = folder_->parent_of(i);
    if (!parent) return std::unexpected(parent.error());
    const auto name = folder_->layout.name(i);
    const auto made = (*parent)->make_link(*entries()[i].target, name);
    if (!made) return fail(errc::write_failed, made.error().detail);
    const timespec times[2] = {{0, UTIME_OMIT},
                               {entries()[i].mtime / 1000, entries()[i].mtime % 1000 * 1'000'000}};
    [[maybe_unused]] const bool dated =
        ::utimensat((*parent)->fd(), name.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0;
  }
  return {};
}

// The deepest first: a mode may keep us out, and what is made in a directory changes its time.
result<void> part_sink::dress_directories() {
  folder_->layout.close_parent();
  for (auto i = entries().size(); i-- > 0;) {
    if (entries()[i].kind != "directory") continue;
    const auto dir = tree().open_dir(folder_->layout.path(i));
    if (!dir) return std::unexpected(dir.error());
    set_mtime(dir->fd(), entries()[i].mtime);
    [[maybe_unused]] const bool opened = ::fchmod(dir->fd(), static_cast<mode_t>(entries()[i].mode)) == 0;
  }
  folder_->earlier.mark(tree());
  set_mtime(tree().fd(), folder_->offer.mtime);
  return {};
}

result<std::string> part_sink::commit() {
  const auto& dir = folder_->dir;
  const auto& wanted = folder_->offer.name;
  if (folder_->policy == collision::overwrite && !names_a_part(wanted))
    if (const auto there = dir.open_dir(wanted)) return merge_into(*there);
  for (unsigned attempt = 0; attempt < numbered_names_max; ++attempt) {
    auto name = free_name_in(dir, wanted, current_);
    if (!name) return name;
    if (folder_->policy == collision::skip && *name != wanted)
      return fail(errc::file_exists, "a folder of that name came meanwhile", "name");
    const auto renamed = dir.rename_new(current_, *name);
    if (!renamed && renamed.error().code == errc::file_exists) continue;  // somebody was faster
    if (!renamed) return fail(errc::write_failed, renamed.error().detail);
    part_folder::forget(dir, current_);
    current_ = *name;
    if (!folder_->earlier.arrived_as().empty())
      folder_->earlier.disown();  // this is what the transfer brought
    [[maybe_unused]] const bool opened = ::fchmod(tree().fd(), static_cast<mode_t>(folder_->offer.mode)) == 0;
    if (auto synced = dir.sync(); !synced) return pass(synced);
    return name;
  }
  return fail(errc::file_exists, "no free name for " + wanted);
}

result<std::string> part_sink::merge_into(const os::safe_dir& there) {
  const auto merged = merge_tree(tree(), there);
  if (!merged) return std::unexpected(merged.error());
  for (const auto& [from, to] : *merged) folder_->layout.rename(from, to);
  if (::syncfs(there.fd()) != 0) return os::fail_errno(errno, "sync " + path(), errc::write_failed);
  (void)folder_->remove_part();
  return current_ = folder_->offer.name;
}

}  // namespace

std::unique_ptr<folder_sink> make_part_sink(std::unique_ptr<growing_folder> folder, kept_files kept) {
  return std::make_unique<part_sink>(std::move(folder), std::move(kept));
}

}  // namespace mesh::share
