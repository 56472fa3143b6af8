#include "agent/share/folder_sink.hpp"

#include "agent/os/os_error.hpp"
#include "agent/share/entry_files.hpp"
#include "agent/share/keep_only.hpp"
#include "agent/share/merge_tree.hpp"
#include "agent/share/safe_name.hpp"
#include "agent/share/tree_path.hpp"
#include "agent/share/write_fully.hpp"
#include "core/base/clock.hpp"
#include "core/base/limits.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <ranges>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace mesh::share {
namespace {

// Bounds of one step of prepare(): some tens of milliseconds.
constexpr std::uint64_t step_entries = 500;
constexpr std::uint64_t step_bytes = 64ULL * 1024 * 1024;
// Beginnings that are worth a comparison; a crash leaves one.
constexpr std::size_t begun_max = 8;
constexpr mode_t private_dir = 0700;
constexpr std::size_t synced_apart_max = 64;

}  // namespace

folder_sink::folder_sink(os::safe_dir dir, part_folder part, earlier_folder earlier,
                         const manifest_reader::offer& offer, std::vector<wire::manifest_entry> entries)
    : dir_(std::move(dir)),
      part_(std::move(part)),
      earlier_(std::move(earlier)),
      offer_(offer),
      entries_(std::move(entries)),
      current_(part_->name()) {
  name_entries();
}

folder_sink::~folder_sink() {
  if (fd_ && ::ftruncate(fd_.get(), static_cast<off_t>(written_)) != 0) fd_ = {};
}

result<std::unique_ptr<folder_sink>> folder_sink::open(const std::filesystem::path& directory,
                                                       const manifest_reader::offer& offer,
                                                       const folder_identity& identity,
                                                       std::vector<wire::manifest_entry> entries,
                                                       collision policy) {
  auto dir = os::safe_dir::open(directory, true);
  if (!dir) return pass(dir);
  earlier_folder earlier(*dir, identity, offer.transfer_id);
  if (policy == collision::skip && earlier.arrived_as().empty()) {
    const auto taken = taken_names(*dir, {});
    if (!taken) return std::unexpected(taken.error());
    if (taken->contains(fold_case(offer.name)))
      return fail(errc::file_exists, "the receiver has something of that name and keeps it", "name");
  }
  auto part = part_folder::open(*dir, identity);
  if (!part) return pass(part);
  std::unique_ptr<folder_sink> out(
      new folder_sink(std::move(*dir), std::move(*part), std::move(earlier), offer, std::move(entries)));
  out->policy_ = policy;
  return out;
}

void folder_sink::name_entries() {
  tree_names names;
  std::unordered_map<std::string, std::string> directories{{"", ""}};
  local_.reserve(entries_.size());
  for (std::uint64_t i = 0; i < entries_.size(); ++i) {
    const auto& path = entries_[i].path;
    const auto& parent = directories.at(std::string(parent_path(path)));
    local_.push_back(names.place(parent, last_component(path)));
    if (entries_[i].kind == "directory") directories.emplace(path, local_.back());
    if (last_component(local_.back()) != last_component(path)) renamed_.push_back({i, local_.back()});
  }
}

result<const os::safe_dir*> folder_sink::parent_of(std::uint64_t entry) {
  const auto parent = parent_path(local(entry));
  if (parent.empty()) return &part_->tree();
  if (!parent_ || parent_path_ != parent) {
    auto dir = part_->tree().open_dir(std::string(parent));
    if (!dir) return pass(dir);
    parent_ = std::move(*dir);
    parent_path_ = parent;
  }
  return &*parent_;
}

// -- what is there already

result<bool> folder_sink::prepare() {
  if (stage_ == stage::cleaning) {
    auto done = lay_out();
    // A part that holds nothing yet is no use to anybody.
    if (!done && !part_->found() && dir_.remove_tree(current_)) part_folder::forget(dir_, current_);
    if (!done) return pass(done);
    stage_ = stage::reading;
    return true;
  }
  const auto until_entry = std::min<std::uint64_t>(entries_.size(), next_ + step_entries);
  const auto until_bytes = prepared_bytes_ + step_bytes;
  // Nothing there and nothing to take over.
  if (!part_->found() && !earlier_.found()) next_ = entries_.size();
  for (; next_ < until_entry && prepared_bytes_ < until_bytes; ++next_)
    if (entries_[next_].kind == "file")
      if (auto done = look_at(next_); !done) return pass(done);
  if (next_ < entries_.size()) return true;
  stage_ = stage::prepared;
  return false;
}

result<void> folder_sink::lay_out() {
  if (part_->found())
    if (auto done = clean(); !done) return done;
  confirming_ = !earlier_.arrived_as().empty() && earlier_.holds_exactly(entries_, local_);
  if (confirming_) return {};
  if (auto fits = claim_space(); !fits) return fits;
  return make_directories();
}

// Of an earlier offer, which may have had other entries. Links are made anew at the end.
result<void> folder_sink::clean() {
  std::unordered_map<std::string_view, std::string_view> kinds;
  for (std::uint64_t i = 0; i < entries_.size(); ++i) kinds.emplace(local(i), entries_[i].kind);
  return keep_only(part_->tree(), kinds);
}

result<void> folder_sink::make_directories() {
  for (std::uint64_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].kind != "directory") continue;
    const auto parent = parent_of(i);
    if (!parent) return std::unexpected(parent.error());
    const auto made = (*parent)->make_dir(std::string(last_component(local(i))), private_dir);
    if (!made && made.error().code != errc::file_exists) return made;
  }
  return {};
}

// What an earlier attempt wrote has its place already.
result<void> folder_sink::claim_space() {
  std::uint64_t there = 0;
  if (part_->found())
    for (std::uint64_t i = 0; i < entries_.size(); ++i) {
      struct stat facts{};
      if (entries_[i].kind == "file" &&
          ::fstatat(part_->tree().fd(), local(i).c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0)
        there += std::min(entries_[i].size, static_cast<std::uint64_t>(facts.st_size));
    }
  auto space = space_claim::promise(dir_, offer_.size - there);
  if (!space) return pass(space);
  space_ = std::move(*space);
  return {};
}

void folder_sink::space_used(std::uint64_t count) noexcept {
  space_.shrink_to(space_.bytes() - std::min(space_.bytes(), count));
}

result<void> folder_sink::look_at(std::uint64_t entry) {
  const auto& wanted = entries_[entry];
  if (wanted.size == 0) return {};
  if (confirming_) return look_at_arrived(entry);
  const auto parent = parent_of(entry);
  if (!parent) return std::unexpected(parent.error());
  const std::string name(last_component(local(entry)));
  const auto facts = part_->found() ? (*parent)->facts(name) : std::nullopt;
  if (!facts) {
    auto copied = earlier_.copy(local(entry), wanted, **parent, name);
    if (!copied) return pass(copied);
    if (*copied) {
      space_used(wanted.size);
      keep_whole(entry, std::move(**copied));
    }
    return {};
  }
  // Its own mode may keep us out.
  (void)::fchmodat((*parent)->fd(), name.c_str(), 0600, 0);
  const auto fd = (*parent)->reopen_own_file(name);
  const auto size = static_cast<std::uint64_t>(facts->st_size);
  if (!fd || size > wanted.size) {
    (void)(*parent)->remove(name);
    return {};
  }
  const bool whole = looks_equal(*facts, wanted);
  const auto length = whole || size == wanted.size ? size : size / limits::chunk_bytes * limits::chunk_bytes;
  if (length == 0 || (!whole && kept_.begun.size() == begun_max)) return {};
  known_prefix prefix(length, {});
  const auto read = read_beginning(fd->get(), length, [&](bytes_view content, std::uint64_t) -> result<void> {
    prefix.took(content);
    return {};
  });
  if (!read) return {};  // it comes anew
  auto marks = prefix.take_marks();
  if (whole) {
    keep_whole(entry, marks.back().hash);
    return {};
  }
  prepared_bytes_ += length;
  kept_.bytes += length;
  kept_.begun.emplace(entry, kept::beginning{prefix.block_bytes(), std::move(marks)});
  return {};
}

result<void> folder_sink::look_at_arrived(std::uint64_t entry) {
  auto hash = earlier_.hash(local(entry), entries_[entry]);
  if (!hash) return fail(errc::io, "what arrived changes while it is read");
  keep_whole(entry, std::move(*hash));
  return {};
}

void folder_sink::keep_whole(std::uint64_t entry, std::string hash) {
  prepared_bytes_ += entries_[entry].size;
  kept_.bytes += entries_[entry].size;
  kept_.whole.emplace(entry, std::move(hash));
}

// -- what comes

result<void> folder_sink::begin(std::uint64_t entry, std::uint64_t start) {
  if (confirming_) {
    if (entries_[entry].size == 0) return {};
    earlier_.disown();
    return fail(errc::busy, "what arrived by this transfer is not what is offered now");
  }
  const auto parent = parent_of(entry);
  if (!parent) return std::unexpected(parent.error());
  const std::string name(last_component(local(entry)));
  auto fd = (*parent)->create_file(name);
  if (!fd && fd.error().code == errc::file_exists) fd = (*parent)->reopen_own_file(name);
  if (!fd) return pass(fd);
  if (::ftruncate(fd->get(), static_cast<off_t>(start)) != 0)
    return os::fail_errno(errno, "cut " + local(entry), errc::write_failed);
  fd_ = std::move(*fd);
  entry_ = entry;
  written_ = start;
  return {};
}

result<void> folder_sink::write(std::uint64_t offset, bytes_view data) {
  if (auto done = write_at(fd_.get(), offset, data, local(entry_)); !done) return done;
  written_ = offset + data.size();
  space_used(data.size());
  return {};
}

result<void> folder_sink::skip(std::uint64_t offset, std::uint64_t size) {
  if (auto done = leave_hole(fd_.get(), offset + size, size, local(entry_)); !done) return done;
  written_ = offset + size;
  space_used(size);
  return {};
}

result<void> folder_sink::set_xattrs(std::optional<std::uint64_t> entry,
                                     std::span<const wire::extended_attribute> attributes) {
  if (confirming_) return {};  // it has them
  const auto put = [&](int fd) {
    return put_xattrs(part_->tree(), fd, attributes, entry ? local(*entry) : path());
  };
  if (!entry) return put(part_->tree().fd());
  if (fd_ && *entry == entry_) return put(fd_.get());
  if (entries_[*entry].kind == "directory") {
    const auto dir = part_->tree().open_dir(local(*entry));
    return dir ? put(dir->fd()) : std::unexpected(dir.error());
  }
  const auto file = part_->tree().reopen_own_file(local(*entry));
  return file ? put(file->get()) : std::unexpected(file.error());
}

result<void> folder_sink::end() {
  if (confirming_) return {};
  const auto& entry = entries_[entry_];
  [[maybe_unused]] const bool opened = ::fchmod(fd_.get(), static_cast<mode_t>(entry.mode)) == 0;
  set_mtime(fd_.get(), entry.mtime);
  fd_ = {};
  return {};
}

void folder_sink::drop(std::uint64_t entry) noexcept {
  if (confirming_) return;
  fd_ = {};
  if (const auto parent = parent_of(entry))
    (void)(*parent)->remove(std::string(last_component(local(entry))));
}

std::move_only_function<void()> folder_sink::checkpoint() const {
  const auto copy = std::make_shared<os::unique_fd>(::fcntl(part_->tree().fd(), F_DUPFD_CLOEXEC, 3));
  return [copy] { (void)::syncfs(copy->get()); };
}

// -- the end

result<void> folder_sink::finish() {
  if (confirming_) return {};
  if (auto made = make_links(); !made) return made;
  // Files that were taken over or found have no mode yet.
  for (const auto& entry : kept_.whole | std::views::keys) {
    const auto parent = parent_of(entry);
    if (parent)
      (void)::fchmodat((*parent)->fd(), std::string(last_component(local(entry))).c_str(),
                       static_cast<mode_t>(entries_[entry].mode), 0);
  }
  if (auto done = dress_directories(); !done) return done;
  return sync();
}

// Few entries one by one; many are cheaper all at once, with whatever else the file system has to write.
result<void> folder_sink::sync() {
  const auto failed = [this] { return os::fail_errno(errno, "sync " + path(), errc::write_failed); };
  if (entries_.size() > synced_apart_max)
    return ::syncfs(part_->tree().fd()) == 0 ? result<void>() : failed();
  for (std::uint64_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].kind == "link") continue;
    const os::unique_fd fd(os::detail::open_beneath(part_->tree().fd(), local(i), O_RDONLY | O_NONBLOCK, 0));
    // A file that did not come, or one that its mode hides from us.
    if (!fd && (errno == ENOENT || errno == EACCES)) continue;
    if (!fd || ::fsync(fd.get()) != 0) return failed();
  }
  return part_->tree().sync();
}

result<void> folder_sink::make_links() {
  for (std::uint64_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].kind != "link") continue;
    const auto parent = parent_of(i);
    if (!parent) return std::unexpected(parent.error());
    const std::string name(last_component(local(i)));
    const auto made = (*parent)->make_link(*entries_[i].target, name);
    if (!made) return fail(errc::write_failed, made.error().detail);
    const timespec times[2] = {{0, UTIME_OMIT},
                               {entries_[i].mtime / 1000, entries_[i].mtime % 1000 * 1'000'000}};
    [[maybe_unused]] const bool dated =
        ::utimensat((*parent)->fd(), name.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0;
  }
  return {};
}

// The deepest first: a mode may keep us out, and what is made in a directory changes its time.
result<void> folder_sink::dress_directories() {
  parent_.reset();
  for (auto i = entries_.size(); i-- > 0;) {
    if (entries_[i].kind != "directory") continue;
    const auto dir = part_->tree().open_dir(local(i));
    if (!dir) return std::unexpected(dir.error());
    set_mtime(dir->fd(), entries_[i].mtime);
    [[maybe_unused]] const bool opened = ::fchmod(dir->fd(), static_cast<mode_t>(entries_[i].mode)) == 0;
  }
  earlier_.mark(part_->tree());
  set_mtime(part_->tree().fd(), offer_.mtime);
  return {};
}

// What was begun for another copy goes.
result<std::string> folder_sink::confirm_arrived() {
  if (auto gone = dir_.remove_tree(current_); !gone) return pass(gone);
  part_folder::forget(dir_, current_);
  current_ = earlier_.arrived_as();
  return current_;
}

result<std::string> folder_sink::commit() {
  if (confirming_) return confirm_arrived();
  if (policy_ == collision::overwrite && !names_a_part(offer_.name))
    if (const auto there = dir_.open_dir(offer_.name)) return merge_into(*there);
  auto taken = taken_names(dir_, current_);
  if (!taken) return pass(taken);
  for (unsigned attempt = 0; attempt < numbered_names_max; ++attempt) {
    auto name = free_name(offer_.name, *taken);
    if (policy_ == collision::skip && name != offer_.name)
      return fail(errc::file_exists, "a folder of that name came meanwhile", "name");
    const auto renamed = dir_.rename_new(current_, name);
    if (!renamed && renamed.error().code != errc::file_exists)
      return fail(errc::write_failed, renamed.error().detail);
    if (!renamed) {
      taken->insert(fold_case(name));
      continue;
    }
    part_folder::forget(dir_, current_);
    current_ = name;
    if (!earlier_.arrived_as().empty()) earlier_.disown();  // this is what the transfer brought
    [[maybe_unused]] const bool opened = ::fchmod(part_->tree().fd(), static_cast<mode_t>(offer_.mode)) == 0;
    if (auto synced = dir_.sync(); !synced) return pass(synced);
    return name;
  }
  return fail(errc::file_exists, "no free name for " + offer_.name);
}

result<std::string> folder_sink::merge_into(const os::safe_dir& there) {
  const auto merged = merge_tree(part_->tree(), there);
  if (!merged) return std::unexpected(merged.error());
  for (const auto& [from, to] : *merged)
    if (const auto at = std::ranges::find(local_, from); at != local_.end())
      renamed_.push_back({static_cast<std::uint64_t>(at - local_.begin()), to});
  if (::syncfs(there.fd()) != 0) return os::fail_errno(errno, "sync " + path(), errc::write_failed);
  (void)dir_.remove_tree(current_);
  part_folder::forget(dir_, current_);
  current_ = offer_.name;
  return current_;
}

}  // namespace mesh::share
