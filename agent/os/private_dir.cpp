#include "agent/os/private_dir.hpp"

#include "agent/os/os_error.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

namespace mesh::os {
namespace {

result<void> make(const std::filesystem::path& path) {
  std::error_code code;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), code);
  if (code)
    return fail(errc::state_unreadable,
                fmt::format("make {}: {}", path.parent_path().string(), code.message()));
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return fail_errno(errno, "make " + path.string(), errc::state_unreadable);
  return {};
}

result<void> judge(const struct stat& facts, const std::filesystem::path& path) {
  if (facts.st_uid != ::geteuid())
    return fail(errc::state_unreadable, path.string() + " belongs to another user");
  if ((facts.st_mode & 077U) != 0)
    return fail(errc::state_unreadable,
                fmt::format("others may enter {} (mode {:04o}); chmod 700 {} closes it", path.string(),
                            facts.st_mode & 07777U, path.string()));
  return {};
}

}  // namespace

result<private_dir> private_dir::open(const std::filesystem::path& path) {
  std::filesystem::path clean = path.lexically_normal();
  if (!clean.has_filename()) clean = clean.parent_path();  // "state/" -> "state"
  constexpr int flags = O_DIRECTORY | O_NOFOLLOW | O_RDONLY | O_CLOEXEC;
  unique_fd fd(::open(clean.c_str(), flags));
  if (!fd && errno == ENOENT) {
    if (auto made = make(clean); !made) return pass(made);
    fd = unique_fd(::open(clean.c_str(), flags));
  }
  if (!fd) return fail(errc::state_unreadable, fmt::format("open {}: {}", clean.string(), errno_text(errno)));
  struct stat facts{};
  if (::fstat(fd.get(), &facts) != 0) return fail_errno(errno, clean.string(), errc::state_unreadable);
  if (auto good = judge(facts, clean); !good) return pass(good);
  return private_dir(std::move(clean), std::move(fd));
}

}  // namespace mesh::os
