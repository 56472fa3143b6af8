#include "agent/share/merge_tree.hpp"

#include "agent/share/safe_name.hpp"

#include <algorithm>
#include <fcntl.h>
#include <optional>
#include <set>
#include <sys/stat.h>

namespace mesh::share {
namespace {

constexpr mode_t private_dir = 0700;
constexpr mode_t permission_bits = 0777;

// A folder that its owner may not write into gives way while something is put there. One that somebody else
// owns stays as it is, and what is put there fails.
class open_meanwhile {
 public:
  explicit open_meanwhile(int fd) noexcept : fd_(fd) {
    struct stat facts{};
    if (::fstat(fd, &facts) != 0 || (facts.st_mode & needed) == needed) return;
    mode_ = facts.st_mode & all_bits;
    changed_ = ::fchmod(fd, mode_ | needed) == 0;
  }
  open_meanwhile(const open_meanwhile&) = delete;
  open_meanwhile& operator=(const open_meanwhile&) = delete;
  ~open_meanwhile() {
    if (changed_) (void)::fchmod(fd_, mode_);
  }

 private:
  static constexpr mode_t needed = 0300;
  static constexpr mode_t all_bits = 07777;

  int fd_;
  mode_t mode_ = 0;
  bool changed_ = false;
};

class merge {
 public:
  result<void> directory(const os::safe_dir& from, const os::safe_dir& into, const std::string& from_path,
                         const std::string& into_path);
  std::vector<merged_name> take_renamed() { return std::move(renamed_); }

 private:
  result<std::string> move(const os::safe_dir& from, const std::string& name, const os::safe_dir& into,
                           bool replaces, std::set<std::string, std::less<>>& taken) const;

  std::vector<merged_name> renamed_;
};

bool is_directory(const std::optional<struct stat>& facts) {
  return facts && S_ISDIR(facts->st_mode);
}

result<void> merge::directory(const os::safe_dir& from, const os::safe_dir& into,
                              const std::string& from_path, const std::string& into_path) {
  // Its final mode may not let us take anything out.
  (void)::fchmod(from.fd(), private_dir);
  const open_meanwhile writable(into.fd());
  auto names = from.entries();
  const auto there = into.entries();
  if (!names) return std::unexpected(names.error());
  if (!there) return std::unexpected(there.error());
  std::set<std::string, std::less<>> taken;
  for (const auto& name : *there) taken.insert(fold_case(name));
  std::ranges::sort(*names);
  for (const auto& name : *names) {
    const auto mine = from.facts(name);
    const auto theirs = into.facts(name);
    if (is_directory(mine) && is_directory(theirs)) {
      const auto inner_from = from.open_dir(name);
      const auto inner_into = into.open_dir(name);
      if (!inner_from) return std::unexpected(inner_from.error());
      if (!inner_into) return std::unexpected(inner_into.error());
      if (auto done = directory(*inner_from, *inner_into, from_path + name + '/', into_path + name + '/');
          !done)
        return done;
      (void)from.remove_tree(name);
      continue;
    }
    const bool replaces = theirs && !is_directory(mine) && !is_directory(theirs);
    const auto to = move(from, name, into, replaces, taken);
    if (!to) return std::unexpected(to.error());
    if (*to != name) renamed_.push_back({from_path + name, into_path + *to});
  }
  return {};
}

// The name that it got.
result<std::string> merge::move(const os::safe_dir& from, const std::string& name, const os::safe_dir& into,
                                bool replaces, std::set<std::string, std::less<>>& taken) const {
  if (replaces) {
    if (auto done = from.rename_over(name, into, name); !done) return pass(done);
    return name;
  }
  // To move a folder is to write into it.
  const auto facts = from.facts(name);
  const bool folder = is_directory(facts);
  if (folder) (void)::fchmodat(from.fd(), name.c_str(), private_dir, 0);
  for (unsigned attempt = 0; attempt < numbered_names_max; ++attempt) {
    const auto to = free_name(name, taken);
    taken.insert(fold_case(to));
    const auto done = from.rename_new(name, into, to);
    if (done) {
      if (folder) (void)::fchmodat(into.fd(), to.c_str(), facts->st_mode & permission_bits, 0);
      return to;
    }
    if (done.error().code != errc::file_exists) return std::unexpected(done.error());
  }
  return fail(errc::file_exists, "no free name for " + name);
}

}  // namespace

result<std::vector<merged_name>> merge_tree(const os::safe_dir& from, const os::safe_dir& into) {
  merge all;
  if (auto done = all.directory(from, into, {}, {}); !done)
    return fail(errc::write_failed, done.error().detail);
  return all.take_renamed();
}

}  // namespace mesh::share
