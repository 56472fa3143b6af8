#include "agent/app/move_into.hpp"

#include "agent/os/fd.hpp"
#include "agent/os/os_error.hpp"
#include "agent/share/safe_name.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <optional>
#include <unistd.h>

#include <fmt/format.h>

namespace mesh::app {
namespace {

constexpr unsigned names_max = 10'000;

// To the name that the policy allows; std::nullopt when folder is on another file system.
result<std::optional<std::filesystem::path>> rename_into(const std::filesystem::path& from,
                                                         const std::filesystem::path& folder,
                                                         const std::string& wanted, share::collision policy) {
  using enum share::collision;
  if (policy == overwrite && !std::filesystem::is_directory(folder / wanted)) {
    auto to = folder / wanted;
    if (::rename(from.c_str(), to.c_str()) == 0) return to;
    if (errno == EXDEV) return std::nullopt;
    return os::fail_errno(errno, "move to " + to.string(), errc::write_failed);
  }
  for (unsigned number = 0; number < (policy == skip ? 1 : names_max); ++number) {
    auto to = folder / (number == 0 ? wanted : share::numbered_name(wanted, number));
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return to;
    if (errno == EXDEV) return std::nullopt;
    if (errno != EEXIST) return os::fail_errno(errno, "move to " + to.string(), errc::write_failed);
  }
  return fail(errc::file_exists, (folder / wanted).string());
}

result<void> sync(const std::filesystem::path& path) {
  const os::unique_fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0)
    return os::fail_errno(errno, "sync " + path.string(), errc::write_failed);
  return {};
}

}  // namespace

result<std::filesystem::path> move_into(const std::filesystem::path& from,
                                        const std::filesystem::path& folder, share::collision policy) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code) return os::fail_errno(code.value(), "make " + folder.string(), errc::write_failed);
  const auto name = from.filename().string();
  auto moved = rename_into(from, folder, name, policy);
  if (!moved) return pass(moved);
  if (*moved) return std::move(**moved);
  // The whole copy stands there before it gets its name.
  auto hidden = (folder / ".mesh.XXXXXX").string();
  if (::mkdtemp(hidden.data()) == nullptr) return os::fail_errno(errno, "make " + hidden, errc::write_failed);
  const auto copy = std::filesystem::path(hidden) / name;
  std::filesystem::copy(
      from, copy, std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks,
      code);
  result<void> done;
  if (code) done = os::fail_errno(code.value(), "copy to " + copy.string(), errc::write_failed);
  if (done) std::filesystem::last_write_time(copy, std::filesystem::last_write_time(from, code), code);
  if (done) done = sync(copy);
  if (done) {
    moved = rename_into(copy, folder, name, policy);
    if (!moved) done = pass(moved);
  }
  std::error_code ignored;
  std::filesystem::remove_all(hidden, ignored);
  if (!done) return pass(done);
  std::filesystem::remove_all(from, ignored);
  return std::move(moved->value());
}

}  // namespace mesh::app
