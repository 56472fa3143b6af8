#include "agent/app/move_into.hpp"

#include "agent/os/fd.hpp"
#include "agent/os/os_error.hpp"
#include "agent/os/safe_dir.hpp"
#include "agent/share/copy_tree.hpp"
#include "agent/share/merge_tree.hpp"
#include "agent/share/safe_name.hpp"
#include "core/crypto/blake3.hpp"

#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace mesh::app {
namespace {

namespace fs = std::filesystem;
using share::collision;

// A folder without write permission of its own cannot be moved into another one: ".." in it changes.
class writable_meanwhile {
 public:
  explicit writable_meanwhile(const fs::path& path) {
    struct stat facts{};
    if (::lstat(path.c_str(), &facts) != 0 || !S_ISDIR(facts.st_mode) || (facts.st_mode & S_IWUSR) != 0)
      return;
    fd_ = os::unique_fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    mode_ = facts.st_mode & 07777U;
    if (fd_) (void)::fchmod(fd_.get(), mode_ | S_IWUSR);
  }
  writable_meanwhile(const writable_meanwhile&) = delete;
  writable_meanwhile& operator=(const writable_meanwhile&) = delete;
  ~writable_meanwhile() {
    if (fd_) (void)::fchmod(fd_.get(), mode_);
  }

 private:
  os::unique_fd fd_;
  mode_t mode_ = 0;
};

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(fs::symlink_status(path, ignored));
}

// With its content, whatever modes its folders have.
void remove_whole(const fs::path& path) {
  if (const auto above = os::safe_dir::open(path.parent_path()))
    (void)above->remove_tree(path.filename().string());
}

result<fs::path> merge_into(const fs::path& from, const fs::path& to) {
  auto source = os::safe_dir::open(from);
  if (!source) return pass(source);
  auto target = os::safe_dir::open(to);
  if (!target) return pass(target);
  if (auto merged = share::merge_tree(*source, *target); !merged) return pass(merged);
  remove_whole(from);
  return to;
}

// To the name that the policy allows, on one file system. Errors: file_exists; write_failed.
result<fs::path> rename_into(const fs::path& from, const fs::path& folder, const std::string& wanted,
                             collision policy) {
  const auto first = folder / wanted;
  // A file never takes the place of a folder, nor a folder that of a file.
  std::error_code ignored;
  const bool replaces = policy == collision::overwrite && (!fs::exists(fs::symlink_status(first, ignored)) ||
                                                           is_folder(first) == is_folder(from));
  if (replaces && is_folder(first)) return merge_into(from, first);
  auto source = os::safe_dir::open(from.parent_path());
  if (!source) return pass(source);
  auto target = os::safe_dir::open(folder);
  if (!target) return pass(target);
  const auto name = from.filename().string();
  const writable_meanwhile movable(from);
  if (replaces && !is_folder(from)) {
    const auto done = source->rename_over(name, *target, wanted);
    return done ? result<fs::path>(first) : fail(errc::write_failed, done.error().detail);
  }
  for (unsigned number = 0; number < (policy == collision::skip ? 1 : share::numbered_names_max); ++number) {
    const auto to = number == 0 ? wanted : share::numbered_name(wanted, number);
    const auto done = source->rename_new(name, *target, to);
    if (done) return folder / to;
    if (done.error().code != errc::file_exists) return fail(errc::write_failed, done.error().detail);
  }
  return fail(errc::file_exists, first.string());
}

// A rename does not go from one file system or mount to another; it would tell so, but not before a merge has
// begun.
bool is_elsewhere(const fs::path& from, const fs::path& folder) {
  struct statx here{}, there{};
  if (::statx(AT_FDCWD, from.c_str(), AT_SYMLINK_NOFOLLOW, STATX_MNT_ID, &here) != 0 ||
      ::statx(AT_FDCWD, folder.c_str(), 0, STATX_MNT_ID, &there) != 0)
    return false;
  return here.stx_mnt_id != there.stx_mnt_id || here.stx_dev_major != there.stx_dev_major ||
         here.stx_dev_minor != there.stx_dev_minor;
}

result<void> sync(const fs::path& folder) {
  const os::unique_fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0)
    return os::fail_errno(errno, "sync " + folder.string(), errc::write_failed);
  return {};
}

// The whole copy stands there before it gets its name. What an earlier attempt left of it goes.
result<fs::path> copy_into(const fs::path& from, const fs::path& folder, const std::string& wanted,
                           collision policy) {
  std::error_code ignored;
  if (policy == collision::skip && fs::exists(fs::symlink_status(folder / wanted, ignored)))
    return fail(errc::file_exists, (folder / wanted).string());
  const auto hidden =
      folder / fmt::format(".mesh.{}", crypto::blake3_hex(as_bytes(from.native())).substr(0, 16));
  remove_whole(hidden);
  if (::mkdir(hidden.c_str(), 0700) != 0)
    return os::fail_errno(errno, "make " + hidden.string(), errc::write_failed);
  auto done = share::copy_tree(from, hidden / "copy");
  result<fs::path> moved =
      done ? rename_into(hidden / "copy", folder, wanted, policy) : result<fs::path>(pass(done));
  remove_whole(hidden);
  if (!moved) return moved;
  if (auto synced = sync(folder); !synced) return pass(synced);
  remove_whole(from);
  return moved;
}

}  // namespace

result<fs::path> move_into(const fs::path& from, const fs::path& folder, const std::string& name,
                           collision policy) {
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) return os::fail_errno(code.value(), "make " + folder.string(), errc::write_failed);
  return is_elsewhere(from, folder) ? copy_into(from, folder, name, policy)
                                    : rename_into(from, folder, name, policy);
}

}  // namespace mesh::app
