#include "agent/share/folder_survey.hpp"

#include "agent/share/entry_files.hpp"
#include "agent/share/keep_only.hpp"
#include "agent/share/known_prefix.hpp"
#include "agent/share/write_fully.hpp"
#include "core/base/limits.hpp"
#include "core/crypto/blake3.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>
#include <unordered_map>
#include <utility>

namespace mesh::share {
namespace {

// Bounds of one step: some tens of milliseconds.
constexpr std::uint64_t step_entries = 500;
constexpr std::uint64_t step_bytes = 64ULL * 1024 * 1024;
// Beginnings that are worth a comparison; a crash leaves one.
constexpr std::size_t begun_max = 8;
constexpr mode_t private_dir = 0700;

bool is_nothing(bytes_view content) {
  return std::ranges::all_of(content, [](std::byte b) { return b == std::byte{}; });
}

}  // namespace

result<bool> folder_survey::step() {
  if (!laid_out_) {
    auto done = lay_out();
    // A part that holds nothing yet is no use to anybody.
    if (!done && !folder_->part.found()) (void)folder_->remove_part();
    if (!done) return pass(done);
    laid_out_ = true;
    return true;
  }
  const auto& entries = folder_->entries;
  // Nothing there and nothing to take over.
  if (!folder_->part.found() && !folder_->earlier.found()) next_ = entries.size();
  const auto until_entry = std::min<std::uint64_t>(entries.size(), next_ + step_entries);
  budget_ = step_bytes;
  while (next_ < until_entry && budget_ > 0) {
    if (!reading_ && entries[next_].kind == "file" && entries[next_].size > 0)
      if (auto looked = look_at(next_); !looked) return pass(looked);
    if (reading_) {
      const auto done = read_on();
      if (!done) return done;
      if (!*done) break;
    }
    ++next_;
  }
  return next_ < entries.size();
}

std::unique_ptr<folder_sink> folder_survey::make_sink() {
  if (arrived_) return make_arrived_sink(std::move(folder_), std::move(kept_));
  return make_part_sink(std::move(folder_), std::move(kept_));
}

// -- the part

result<void> folder_survey::lay_out() {
  auto& f = *folder_;
  arrived_ = !f.earlier.arrived_as().empty() && f.earlier.holds_exactly(f.entries, f.layout.paths());
  if (only_confirms_ && !arrived_) {
    f.earlier.disown();
    return fail(errc::busy, "what arrived by this transfer is not what is offered now");
  }
  if (f.part.found())
    if (auto done = clean(); !done) return done;
  if (arrived_) return {};
  if (auto fits = claim_space(); !fits) return fits;
  return make_directories();
}

// Of an earlier offer, which may have had other entries. Links are made anew at the end.
result<void> folder_survey::clean() const {
  std::unordered_map<std::string_view, std::string_view> kinds;
  for (std::uint64_t i = 0; i < folder_->entries.size(); ++i)
    kinds.emplace(folder_->layout.path(i), folder_->entries[i].kind);
  return keep_only(folder_->part.tree(), kinds);
}

result<void> folder_survey::make_directories() {
  for (std::uint64_t i = 0; i < folder_->entries.size(); ++i) {
    if (folder_->entries[i].kind != "directory") continue;
    const auto parent = folder_->parent_of(i);
    if (!parent) return std::unexpected(parent.error());
    const auto made = (*parent)->make_dir(folder_->layout.name(i), private_dir);
    if (!made && made.error().code != errc::file_exists) return made;
  }
  return {};
}

// What an earlier attempt wrote has its place already.
result<void> folder_survey::claim_space() {
  auto& f = *folder_;
  std::uint64_t there = 0;
  if (f.part.found())
    for (std::uint64_t i = 0; i < f.entries.size(); ++i) {
      struct stat facts{};
      if (f.entries[i].kind == "file" &&
          ::fstatat(f.part.tree().fd(), f.layout.path(i).c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0)
        there += std::min(f.entries[i].size, static_cast<std::uint64_t>(facts.st_size));
    }
  auto space = space_claim::promise(f.dir, f.offer.size - there);
  if (!space) return pass(space);
  f.space = std::move(*space);
  return {};
}

// -- its files

result<void> folder_survey::look_at(std::uint64_t entry) {
  if (arrived_) return look_at_arrived(entry);
  const auto& wanted = folder_->entries[entry];
  const auto parent = folder_->parent_of(entry);
  if (!parent) return std::unexpected(parent.error());
  const auto name = folder_->layout.name(entry);
  const auto facts = folder_->part.found() ? (*parent)->facts(name) : std::nullopt;
  if (!facts) return take_over(entry, **parent);
  // Its own mode may keep us out.
  (void)::fchmodat((*parent)->fd(), name.c_str(), 0600, 0);
  auto fd = (*parent)->reopen_own_file(name);
  const auto size = static_cast<std::uint64_t>(facts->st_size);
  if (!fd || size > wanted.size) {
    (void)(*parent)->remove(name);
    return {};
  }
  const bool whole = looks_equal(*facts, wanted);
  const auto length = whole || size == wanted.size ? size : size / limits::chunk_bytes * limits::chunk_bytes;
  if (length == 0 || (!whole && kept_.begun.size() == begun_max)) return {};
  read_part(entry, std::move(*fd), length, whole);
  return {};
}

// What cannot be read comes anew.
void folder_survey::read_part(std::uint64_t entry, os::unique_fd from, std::uint64_t length, bool whole) {
  const auto prefix = std::make_shared<known_prefix>(length, std::vector<std::string>());
  const auto ended = [this, entry, length, whole, prefix](bool read) -> result<void> {
    if (!read) return {};
    auto marks = prefix->take_marks();
    if (whole) {
      keep_whole(entry, marks.back().hash);
      return {};
    }
    kept_.bytes += length;
    kept_.begun.emplace(entry, kept_files::beginning{prefix->block_bytes(), std::move(marks)});
    return {};
  };
  const auto take = [prefix](bytes_view content, std::uint64_t) -> result<void> {
    prefix->took(content);
    return {};
  };
  reading_.emplace(std::move(from), length, take, ended);
}

result<void> folder_survey::look_at_arrived(std::uint64_t entry) {
  constexpr auto changes = "what arrived changes while it is read";
  auto from = folder_->earlier.open_equal(folder_->layout.path(entry), folder_->entries[entry]);
  if (!from) return fail(errc::io, changes);
  const auto hasher = std::make_shared<crypto::blake3_hasher>();
  const auto take = [hasher](bytes_view content, std::uint64_t) -> result<void> {
    hasher->update(content);
    return {};
  };
  const auto ended = [this, entry, hasher](bool read) -> result<void> {
    if (!read) return fail(errc::io, changes);
    keep_whole(entry, hasher->hex());
    return {};
  };
  reading_.emplace(std::move(*from), folder_->entries[entry].size, take, ended);
  return {};
}

// An equal file of the same folder as it came before is copied from there. One that cannot be copied whole
// comes anew.
result<void> folder_survey::take_over(std::uint64_t entry, const os::safe_dir& to) {
  const auto& wanted = folder_->entries[entry];
  auto from = folder_->earlier.open_equal(folder_->layout.path(entry), wanted);
  if (!from) return {};
  auto made = to.create_file(folder_->layout.name(entry));
  if (!made) return std::unexpected(made.error());
  const auto copy = std::make_shared<os::unique_fd>(std::move(*made));
  const auto hasher = std::make_shared<crypto::blake3_hasher>();
  const auto take = [copy, hasher, name = folder_->layout.name(entry)](bytes_view content, std::uint64_t at) {
    hasher->update(content);
    return is_nothing(content) ? leave_hole(copy->get(), at + content.size(), content.size(), name)
                               : write_at(copy->get(), at, content, name);
  };
  const auto ended = [this, entry, copy, hasher](bool read) -> result<void> {
    if (!read) {
      if (const auto parent = folder_->parent_of(entry)) (void)(*parent)->remove(folder_->layout.name(entry));
      return {};
    }
    if (folder_->earlier.merges()) folder_->earlier.mark_file(copy->get());
    set_mtime(copy->get(), folder_->entries[entry].mtime);
    folder_->space_used(folder_->entries[entry].size);
    keep_whole(entry, hasher->hex());
    return {};
  };
  reading_.emplace(std::move(*from), wanted.size, take, ended);
  return {};
}

// True when the file was read to its end, or as far as it goes.
result<bool> folder_survey::read_on() {
  auto& r = *reading_;
  // In whole chunks, whatever other files have used up.
  const auto wanted = (budget_ + limits::chunk_bytes - 1) / limits::chunk_bytes * limits::chunk_bytes;
  const auto until = r.at + std::min(r.length - r.at, wanted);
  const bool good = read_range(r.from.get(), r.at, until, r.take).has_value();
  budget_ -= std::min(budget_, until - r.at);
  r.at = until;
  if (good && r.at < r.length) return false;
  const auto file = std::move(*std::exchange(reading_, std::nullopt));
  if (auto done = file.then(good); !done) return pass(done);
  return true;
}

void folder_survey::keep_whole(std::uint64_t entry, std::string hash) {
  kept_.bytes += folder_->entries[entry].size;
  kept_.whole.emplace(entry, std::move(hash));
}

}  // namespace mesh::share
