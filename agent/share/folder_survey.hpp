// What is there already of a folder that comes in: the part of an earlier attempt, and equal files of the
// same folder when it came before. A file that is incomplete has another modification time or size than the
// one announced, so that after a crash every whole file, and the beginning of the others, is found and read
// once more.
#pragma once
#include "agent/share/folder_sink.hpp"
#include "agent/share/growing_folder.hpp"
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace mesh::share {

class folder_survey {
 public:
  // only_confirms: nothing is made when it is not all there already by this very transfer.
  folder_survey(std::unique_ptr<growing_folder> folder, bool only_confirms)
      : folder_(std::move(folder)), only_confirms_(only_confirms) {}

  // On a worker thread, while nothing else touches this. One bounded step: throws away what does not belong
  // there, makes the directories, reads what is there, and takes over equal files. False when there is no
  // more to do. Errors: disk_full, io; busy, where it only confirms and there is something else.
  result<bool> step();

  // Bytes that are there, as far as was looked.
  std::uint64_t found_bytes() const noexcept { return kept_.bytes + (reading_ ? reading_->at : 0); }
  // Where the folder is, for people.
  std::string path() const { return shown_path(*folder_, folder_->part.name()); }
  // After the last step.
  std::unique_ptr<folder_sink> make_sink();

 private:
  using taker = std::function<result<void>(bytes_view content, std::uint64_t at)>;
  // A file that is read piece by piece. then: told whether all of it could be read.
  struct reading {
    os::unique_fd from;
    std::uint64_t length = 0;
    taker take;
    std::function<result<void>(bool whole)> then;
    std::uint64_t at = 0;
  };

  result<void> lay_out();
  result<void> clean() const;
  result<void> make_directories();
  result<void> claim_space();
  result<void> look_at(std::uint64_t entry);
  result<void> look_at_arrived(std::uint64_t entry);
  result<void> take_over(std::uint64_t entry, const os::safe_dir& to);
  void read_part(std::uint64_t entry, os::unique_fd from, std::uint64_t length, bool whole);
  result<bool> read_on();
  void keep_whole(std::uint64_t entry, std::string hash);

  std::unique_ptr<growing_folder> folder_;
  const bool only_confirms_;
  bool laid_out_ = false;
  // All of it arrived by this transfer, of which the sender has not heard: it is only looked at where it is.
  bool arrived_ = false;
  std::uint64_t next_ = 0;  // entry
  std::optional<reading> reading_;
  std::uint64_t budget_ = 0;  // bytes that this step may still read
  kept_files kept_;
};

}  // namespace mesh::share
