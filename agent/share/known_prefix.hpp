// What a receiver has of a file from an earlier attempt, without I/O: hashes it once more, block by block,
// and knows every place from which the sender may go on.
#pragma once
#include "core/base/bytes.hpp"
#include "core/crypto/blake3.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mesh::share {

// The state of the hash after `end` bytes of the file, and what it then says.
struct prefix_mark {
  std::uint64_t end = 0;
  crypto::blake3_hasher state;
  std::string hash;
};

class known_prefix {
 public:
  // journal: what was written down when the bytes reached the disk: the hash of the file up to the end of
  // each block of limits::resume_block_bytes. What does not agree with it any more, and all behind, does not
  // count.
  known_prefix(std::uint64_t length, std::vector<std::string> journal);

  struct piece {
    std::uint64_t offset = 0;
    std::size_t size = 0;
  };
  // What to read next; nothing when the end, or a block that went bad, is reached.
  std::optional<piece> next() const noexcept;
  // content: exactly the bytes of next().
  void took(bytes_view content);

  // After the last piece: how many bytes count, and the marks, one for each block of block_bytes() and one
  // for the end, at most limits::resume_blocks_max of them.
  std::uint64_t length() const noexcept { return length_; }
  std::uint64_t block_bytes() const noexcept { return block_bytes_; }
  std::vector<prefix_mark> take_marks() { return std::move(marks_); }

 private:
  void end_of_block();

  std::uint64_t length_;
  std::vector<std::string> journal_;
  std::uint64_t block_bytes_;
  std::uint64_t hashed_ = 0;
  crypto::blake3_hasher hasher_;
  std::vector<prefix_mark> marks_;
  prefix_mark trusted_;  // the last block that the journal bears out
};

}  // namespace mesh::share
