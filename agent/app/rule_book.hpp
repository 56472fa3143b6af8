// The standing rules as they are kept in the state directory.
#pragma once
#include "agent/app/receive_rules.hpp"
#include "agent/os/private_dir.hpp"

#include <filesystem>
#include <sys/types.h>
#include <tuple>
#include <utility>
#include <vector>

namespace mesh::app {

// One thread.
class rule_book {
 public:
  // Reads what was kept in dir, which outlives the book. Errors: state_unreadable.
  static result<rule_book> open(const os::private_dir& dir);

  const receive_rules& rules() const noexcept { return rules_; }
  // Both keep the change. Errors: those of receive_rules, disk_full, io; nothing changes then.
  result<void> add(receive_rule rule);
  result<void> remove(rule_subject subject, const std::string& id);

 private:
  rule_book(const os::private_dir& dir, receive_rules rules) : dir_(&dir), rules_(std::move(rules)) {}
  result<void> change(receive_rules to);

  const os::private_dir* dir_;
  receive_rules rules_;
};

// The folders that the kept rules name; none when they cannot be read.
std::vector<std::filesystem::path> folders_of_rules(const os::private_dir& dir);

// Those of them that a person chose (chosen_folders.hpp), for another process than that of the book, which
// asks again and again. A folder stays when its rule goes, so that what is on its way into it arrives: what
// the book holds is the word of the process that is served, and takes nothing from it.
class kept_rule_folders {
 public:
  explicit kept_rule_folders(std::filesystem::path state) : state_(std::move(state)) {}
  const std::vector<std::filesystem::path>& now();

 private:
  std::filesystem::path state_;
  std::vector<std::filesystem::path> folders_;
  // A file that was read: inode, size, time of its writing.
  using reading = std::tuple<ino_t, off_t, time_t, long>;
  static reading look(const std::filesystem::path& file);
  std::pair<reading, reading> read_{};  // of the rules, of what was chosen
};

}  // namespace mesh::app
