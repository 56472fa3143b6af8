#include "agent/os/landlock.hpp"

#include "agent/os/fd.hpp"
#include "agent/os/folder_keeper.hpp"
#include "agent/os/os_error.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace mesh::os {
namespace {

// Every right that changes something, of the first version of Landlock. Those of later versions are added
// when the kernel says that it knows them, otherwise it would refuse the whole rule set.
constexpr std::uint64_t write_rights = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                       LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                                       LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                                       LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                                       LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;
constexpr std::uint64_t right_refer = 1ULL << 13;     // version 2: rename between directories
constexpr std::uint64_t right_truncate = 1ULL << 14;  // version 3; absent from the headers of Debian 12

std::atomic<bool> confined = false;

// The kernel holds the folder itself, whatever lies under its name later. Written before threads exist.
struct given_folder {
  std::filesystem::path path;
  dev_t device;
  ino_t inode;
};
std::vector<given_folder>& given_folders() {
  static std::vector<given_folder> all;
  return all;
}

// A given folder at or above this one is not the one that it was.
bool replaced(const std::filesystem::path& folder) {
  return std::ranges::any_of(given_folders(), [&folder](const given_folder& given) {
    const auto [end, rest] = std::ranges::mismatch(given.path, folder);
    if (end != given.path.end()) return false;
    struct stat now{};
    return ::stat(given.path.c_str(), &now) != 0 || now.st_dev != given.device || now.st_ino != given.inode;
  });
}

std::uint64_t rights_of_version(long version) noexcept {
  std::uint64_t rights = write_rights;
  if (version >= 2) rights |= right_refer;
  if (version >= 3) rights |= right_truncate;
  return rights;
}

result<void> allow(int rules, const std::filesystem::path& path, std::uint64_t rights) {
  const unique_fd fd(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!fd) return fail_errno(errno, "open " + path.string());
  landlock_path_beneath_attr rule{};
  rule.allowed_access = rights;
  rule.parent_fd = fd.get();
  if (::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
    return fail_errno(errno, "confine to " + path.string());
  return {};
}

result<void> allow_devices(int rules, std::uint64_t file_rights) {
  for (const char* const device : std::to_array<const char*>(
           {"/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/ptmx", "/dev/pts"})) {
    if (::access(device, F_OK) != 0) continue;
    if (auto done = allow(rules, device, file_rights); !done) return done;
  }
  return {};
}

}  // namespace

std::string_view to_string(confinement status) noexcept {
  return status == confinement::active ? "active" : "unsupported";
}

result<confinement> confine_writes(std::span<const std::filesystem::path> writable_dirs) {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return confinement::unsupported;
  const auto rights = rights_of_version(version);

  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = rights;
  const unique_fd rules(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0)));
  if (!rules) return fail_errno(errno, "make Landlock rules");
  for (const auto& dir : writable_dirs) {
    if (auto done = allow(rules.get(), dir, rights); !done) return pass(done);
    struct stat facts{};
    if (::stat(dir.c_str(), &facts) == 0) given_folders().push_back({dir, facts.st_dev, facts.st_ino});
  }
  if (auto done = allow_devices(rules.get(), rights & (LANDLOCK_ACCESS_FS_WRITE_FILE | right_truncate));
      !done)
    return pass(done);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_errno(errno, "set no_new_privs");
  if (::syscall(SYS_landlock_restrict_self, rules.get(), 0) != 0)
    return fail_errno(errno, "apply Landlock rules");
  confined = true;
  return confinement::active;
}

bool writes_confined() noexcept {
  return confined;
}

result<void> may_write_into(const std::filesystem::path& folder) {
  if (!confined) return {};
  auto there = folder;
  while (there.has_relative_path() && ::access(there.c_str(), F_OK) != 0 && errno == ENOENT)
    there = there.parent_path();
  // Landlock is not asked by access(2), so a difference between the two answers is its doing.
  const unique_fd unnamed(::open(there.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
  if (unnamed || errno != EACCES || ::access(there.c_str(), W_OK | X_OK) != 0) return {};
  if (keeper::look(folder) == 0) return {};
  return fail(replaced(folder) ? errc::folder_replaced : errc::folder_confined, folder.string());
}

}  // namespace mesh::os
