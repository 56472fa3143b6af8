#include "agent/share/part_folder.hpp"

#include "agent/share/safe_name.hpp"
#include "agent/share/write_fully.hpp"
#include "core/wire/json.hpp"

#include <optional>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mesh::share {
namespace {

struct journal {
  std::int64_t mesh_folder_part = 0;  // version
  std::string user;
  std::string device;
  std::string name;
  std::string origin;
  std::uint64_t inode = 0;
};
BOOST_DESCRIBE_STRUCT(journal, (), (mesh_folder_part, user, device, name, origin, inode))

constexpr std::int64_t version = 1;
constexpr std::size_t journal_bytes_max = 8192;

std::uint64_t inode_of(const os::safe_dir& dir) noexcept {
  struct stat facts{};
  return ::fstat(dir.fd(), &facts) == 0 ? facts.st_ino : 0;
}

std::optional<journal> journal_of(const os::safe_dir& dir, const std::string& part) {
  const auto fd = dir.reopen_own_file(journal_name(part));
  if (!fd) return std::nullopt;
  std::string text(journal_bytes_max, '\0');
  const auto got = ::pread(fd->get(), text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  const auto read = wire::parse<journal>(text);
  if (!read || read->mesh_folder_part != version) return std::nullopt;
  return *read;
}

result<void> write_journal(const os::safe_dir& dir, const std::string& part, const folder_identity& f,
                           std::uint64_t inode) {
  const auto name = journal_name(part);
  (void)dir.remove(name);  // of a part that is gone
  const auto fd = dir.create_file(name);
  if (!fd) return std::unexpected(fd.error());
  const auto text = wire::render(journal{version, f.user, f.device, f.name, f.origin, inode}) + "\n";
  return write_at(fd->get(), 0, as_bytes(text), name);
}

bool lock(const os::safe_dir& dir) noexcept {
  return ::flock(dir.fd(), LOCK_EX | LOCK_NB) == 0;
}

}  // namespace

result<part_folder> part_folder::open(const os::safe_dir& dir, const folder_identity& folder) {
  for (unsigned number = 0; number < numbered_names_max; ++number) {
    const auto name = part_name(folder.name, number);
    if (number >= searched_names_min && !dir.facts(name)) break;
    const auto found = journal_of(dir, name);
    if (!found || folder_identity{found->user, found->device, found->name, found->origin} != folder) continue;
    auto tree = dir.open_dir(name);
    if (!tree || inode_of(*tree) != found->inode) continue;
    if (!lock(*tree)) return fail(errc::busy, "this folder is already being received");
    return part_folder(std::move(*tree), name, true);
  }
  for (unsigned number = 0; number < numbered_names_max; ++number) {
    const auto name = part_name(folder.name, number);
    const auto made = dir.make_dir(name, 0700);
    if (!made && made.error().code == errc::file_exists) continue;
    if (!made) return std::unexpected(made.error());
    auto tree = dir.open_dir(name);
    if (!tree) return pass(tree);
    (void)lock(*tree);
    if (auto written = write_journal(dir, name, folder, inode_of(*tree)); !written) {
      (void)dir.remove_tree(name);
      return pass(written);
    }
    return part_folder(std::move(*tree), name, false);
  }
  return fail(errc::file_exists, "no free name for " + folder.name);
}

void part_folder::forget(const os::safe_dir& dir, const std::string& name) noexcept {
  (void)dir.remove(journal_name(name));
}

}  // namespace mesh::share
