#include "agent/app/folder_probe.hpp"

#include "agent/os/fd.hpp"
#include "agent/os/os_error.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace mesh::app {
namespace {

std::unexpected<error> refused(int number) {
  return fail(errc::write_failed, std::string(os::errno_text(number)));
}

result<void> probe_file(const std::filesystem::path& folder) {
  if (os::unique_fd(::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600))) return {};
  if (errno != EOPNOTSUPP && errno != EISDIR) return refused(errno);
  // This file system makes no file without a name.
  auto name = (folder / ".mesh.XXXXXX").string();
  const os::unique_fd made(::mkostemp(name.data(), O_CLOEXEC));
  if (!made) return refused(errno);
  ::unlink(name.c_str());
  return {};
}

}  // namespace

result<void> probe_folder(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> made;
  result<void> done;
  std::filesystem::path at;
  for (const auto& part : folder) {
    at /= part;
    struct stat facts{};
    if (::stat(at.c_str(), &facts) == 0 && !S_ISDIR(facts.st_mode)) {
      done = refused(ENOTDIR);
      break;
    }
    if (::mkdir(at.c_str(), 0700) == 0) {
      made.push_back(at);
    } else if (errno != EEXIST && ::access(at.c_str(), F_OK) != 0) {
      done = refused(errno);
      break;
    }
  }
  if (done) done = probe_file(folder);
  for (; !made.empty(); made.pop_back()) ::rmdir(made.back().c_str());
  return done;
}

}  // namespace mesh::app
