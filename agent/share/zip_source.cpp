#include "agent/share/zip_source.hpp"

#include "core/base/limits.hpp"

#include <algorithm>
#include <utility>

namespace mesh::share {
namespace {

// Paths only: they read the same in every language.
std::string missing_in(const source_tree& source) {
  std::string out;
  for (const auto& path : source.missed)
    out += (out.empty() ? "" : ", ") + (source.dir.path() / path).string();
  return source.missed.size() < missed_paths_max ? out : out + ", ...";
}

}  // namespace

result<std::shared_ptr<zip_source>> zip_source::make(std::shared_ptr<const source_tree> source) {
  if (source->left_out.incomplete) return fail(errc::file_unreadable, missing_in(*source));
  std::shared_ptr<zip_source> made(new zip_source(std::move(source)));
  made->mtime_ = made->source_->mtime;
  for (const auto& entry : made->source_->entries) made->mtime_ = std::max(made->mtime_, entry.mtime);
  if (auto done = made->measure(); !done) return pass(done);
  return made;
}

// With zeros in the place of content: the lengths are the same.
result<void> zip_source::measure() {
  auto writer = zip_writer::make([this](bytes_view data) { size_ += data.size(); });
  if (!writer) return pass(writer);
  const bytes zeros(limits::chunk_bytes);
  for (const auto& entry : source_->entries) {
    if (auto begun = (*writer)->begin(entry, path_of(entry)); !begun) return begun;
    for (auto left = entry.size; left > 0;) {
      const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(left, zeros.size()));
      if (auto put = (*writer)->content(bytes_view(zeros).first(piece)); !put) return put;
      left -= piece;
    }
  }
  return (*writer)->finish();
}

result<void> zip_source::restart() {
  made_.clear();
  taken_ = 0;
  start_ = 0;
  entry_ = 0;
  file_.reset();
  finished_ = false;
  auto writer =
      zip_writer::make([this](bytes_view data) { made_.insert(made_.end(), data.begin(), data.end()); });
  if (!writer) return pass(writer);
  writer_ = std::move(*writer);
  return {};
}

result<void> zip_source::read(std::uint64_t offset, std::span<std::byte> out) {
  if (!writer_ || offset < start_ + taken_)
    if (auto begun = restart(); !begun) return begun;
  while (!out.empty()) {
    const auto skipped = std::min<std::uint64_t>(offset - (start_ + taken_), made_.size() - taken_);
    taken_ += static_cast<std::size_t>(skipped);
    if (taken_ == made_.size()) {
      start_ += made_.size();
      made_.clear();
      taken_ = 0;
      if (finished_)
        return fail(errc::file_changed, source_->dir.path().string() + " became shorter while it was sent");
      if (auto done = step(); !done) return done;
      continue;
    }
    const auto count = std::min(out.size(), made_.size() - taken_);
    std::copy_n(made_.begin() + static_cast<std::ptrdiff_t>(taken_), count, out.begin());
    taken_ += count;
    offset += count;
    out = out.subspan(count);
  }
  return {};
}

// A little more of the zip.
result<void> zip_source::step() {
  if (!file_) return next_entry();
  const auto& entry = source_->entries[entry_ - 1];
  if (file_at_ == entry.size) {
    auto same = file_->unchanged();
    file_.reset();
    return same;
  }
  bytes piece(static_cast<std::size_t>(std::min<std::uint64_t>(entry.size - file_at_, limits::chunk_bytes)));
  if (auto got = file_->read(file_at_, piece); !got) return got;
  file_at_ += piece.size();
  return writer_->content(piece);
}

result<void> zip_source::next_entry() {
  if (entry_ == source_->entries.size()) {
    finished_ = true;
    return writer_->finish();
  }
  const auto number = entry_++;
  const auto& entry = source_->entries[number];
  if (entry.kind == "file") {
    auto opened = source_->open(number);
    if (!opened) return pass(opened);
    if (opened->size() != entry.size || unix_milliseconds(opened->mtime()) != entry.mtime)
      return fail(errc::file_changed, opened->path().string() + " changed since the folder was listed");
    file_ = std::move(*opened);
    file_at_ = 0;
  }
  return writer_->begin(entry, path_of(entry));
}

}  // namespace mesh::share
