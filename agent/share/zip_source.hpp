// A folder as one zip, made while it is read: never a copy on the disk. Read again from an earlier place, it
// is made again up to there, with the same bytes as long as the folder is the same.
#pragma once
#include "agent/share/source_tree.hpp"
#include "agent/share/zip_writer.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace mesh::share {

class zip_source final : public made_content {
 public:
  // Finds out how long the zip will be: takes as long as a check sum over everything, so it belongs on a
  // worker thread. Errors: library_missing, io; file_unreadable with the paths when something of the folder
  // is missing in source.
  static result<std::shared_ptr<zip_source>> make(std::shared_ptr<const source_tree> source);

  std::uint64_t size() const noexcept override { return size_; }
  // What of the folder is not in it, on purpose.
  const tree_figures& left_out() const noexcept { return source_->left_out; }
  // Of the newest entry.
  std::int64_t mtime() const noexcept override { return mtime_; }
  // Errors: file_changed when a file is not what it was when the folder was listed.
  result<void> read(std::uint64_t offset, std::span<std::byte> out) override;

 private:
  explicit zip_source(std::shared_ptr<const source_tree> source) : source_(std::move(source)) {}
  std::string path_of(const wire::manifest_entry& entry) const { return source_->name + "/" + entry.path; }
  result<void> measure();
  result<void> restart();
  result<void> step();
  result<void> next_entry();

  std::shared_ptr<const source_tree> source_;
  std::uint64_t size_ = 0;
  std::int64_t mtime_ = 0;
  // What is being made: made_ holds bytes from start_ on, of which the first taken_ were read.
  std::unique_ptr<zip_writer> writer_;
  bytes made_;
  std::size_t taken_ = 0;
  std::uint64_t start_ = 0;
  std::size_t entry_ = 0;
  std::optional<file_source> file_;
  std::uint64_t file_at_ = 0;
  bool finished_ = false;
};

}  // namespace mesh::share
