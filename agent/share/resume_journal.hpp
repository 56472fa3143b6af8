// The journal of a part, as text: whose file it is the beginning of, and the hash up to the end of each block
// that is safely on the disk. Written line by line; a line that a crash cut in two, and all behind it, is not
// there.
#pragma once
#include "core/base/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::share {

// A file as its sender describes it. user, device: of the sender, as the handshake proved them. mtime: Unix
// milliseconds. transfer_id: what the sender calls the transfer; empty in journals of earlier programs.
struct part_identity {
  std::string user;
  std::string device;
  std::string name;
  std::uint64_t size = 0;
  std::int64_t mtime = 0;
  std::string transfer_id = {};

  bool operator==(const part_identity&) const = default;
  bool is_same_sender(const part_identity& other) const {
    return user == other.user && device == other.device;
  }
  // The same file, by whichever transfer it comes: the content decides later.
  bool is_same_file(const part_identity& other) const {
    return is_same_sender(other) && name == other.name && size == other.size && mtime == other.mtime;
  }
  // The same transfer, however its file may look by now.
  bool is_same_transfer(const part_identity& other) const {
    return is_same_sender(other) && !transfer_id.empty() && transfer_id == other.transfer_id;
  }
};

struct resume_journal {
  part_identity file;
  std::uint64_t inode = 0;          // of the part: a journal says nothing about another file
  std::vector<std::string> hashes;  // of the file up to the end of block 0, 1, 2 …
};

// With its newline, as are all lines.
std::string journal_header(const part_identity& file, std::uint64_t inode);
// index: of the block; hash: 64 hex digits.
std::string journal_line(std::uint64_t index, std::string_view hash);

// nullopt for anything that does not begin with a whole header of ours.
std::optional<resume_journal> parse_journal(std::string_view text);

}  // namespace mesh::share
