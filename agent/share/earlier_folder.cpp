#include "agent/share/earlier_folder.hpp"

#include "agent/share/arrival_mark.hpp"
#include "agent/share/entry_files.hpp"
#include "agent/share/safe_name.hpp"
#include "agent/share/tree_path.hpp"
#include "core/crypto/blake3.hpp"

#include <algorithm>
#include <array>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <fmt/format.h>

namespace mesh::share {
namespace {

constexpr auto mark_name = "user.mesh.origin";

// Of everything below a directory; a link counts, what it leads to does not.
std::size_t count_below(const os::safe_dir& dir) {
  const auto names = dir.entries();
  if (!names) return 0;
  std::size_t count = names->size();
  for (const auto& name : *names) {
    const auto facts = dir.facts(name);
    if (!facts || !S_ISDIR(facts->st_mode)) continue;
    if (const auto inner = dir.open_dir(name)) count += count_below(*inner);
  }
  return count;
}

std::string target_of(const os::safe_dir& dir, const std::string& name, std::size_t size) {
  std::string out(size + 1, '\0');
  const auto got = ::readlinkat(dir.fd(), name.c_str(), out.data(), out.size());
  out.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return out;
}

bool is_entry(const os::safe_dir& dir, const std::string& name, const wire::manifest_entry& wanted) {
  const auto facts = dir.facts(name);
  if (!facts) return false;
  if (wanted.kind == "directory") return S_ISDIR(facts->st_mode);
  if (wanted.kind == "link")
    return S_ISLNK(facts->st_mode) && wanted.target &&
           target_of(dir, name, wanted.target->size()) == *wanted.target;
  return S_ISREG(facts->st_mode) && looks_equal(*facts, wanted);
}

std::string mark_of(const folder_identity& folder) {
  const auto text = fmt::format("{}\n{}\n{}\n{}", folder.user, folder.device, folder.name, folder.origin);
  return crypto::blake3_hex(as_bytes(text)).substr(0, 32);
}

}  // namespace

earlier_folder::earlier_folder(const os::safe_dir& directory, const folder_identity& folder,
                               const std::string& transfer_id)
    : mark_(mark_of(folder)),
      arrival_mark_(mesh::share::arrival_mark(folder.user, folder.device, transfer_id)) {
  find_numbered(directory, folder.name, [&](const std::string& name) {
    auto dir = directory.open_dir(name);
    if (!dir || !has_mark(dir->fd())) return false;
    if (has_arrival_mark(dir->fd(), arrival_mark_)) arrived_as_ = name;
    if (!dir_ || !arrived_as_.empty()) dir_ = std::move(*dir);
    return !arrived_as_.empty();
  });
}

bool earlier_folder::holds_exactly(std::span<const wire::manifest_entry> entries,
                                   std::span<const std::string> names) const {
  if (!dir_ || count_below(*dir_) != entries.size()) return false;
  std::optional<os::safe_dir> parent;
  std::string_view parent_is;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto above = parent_path(names[i]);
    if (!above.empty() && (!parent || parent_is != above)) {
      auto opened = dir_->open_dir(std::string(above));
      if (!opened) return false;
      parent = std::move(*opened);
      parent_is = above;
    }
    if (!is_entry(above.empty() ? *dir_ : *parent, std::string(last_component(names[i])), entries[i]))
      return false;
  }
  return true;
}

std::optional<os::unique_fd> earlier_folder::open_equal(const std::string& path,
                                                        const wire::manifest_entry& wanted) const {
  const auto equal_in = [&](const std::optional<os::safe_dir>& dir) -> std::optional<os::unique_fd> {
    auto from = dir ? dir->open_file(path) : fail(errc::not_found);
    struct stat facts{};
    if (!from || ::fstat(from->get(), &facts) != 0 || !looks_equal(facts, wanted)) return std::nullopt;
    return std::move(*from);
  };
  if (auto from = equal_in(dir_)) return from;
  auto from = equal_in(merged_);
  return from && has_mark(from->get()) ? std::move(from) : std::nullopt;
}

void earlier_folder::disown() noexcept {
  if (dir_) remove_arrival_mark(dir_->fd());
}

void earlier_folder::mark(const os::safe_dir& arrived) const noexcept {
  mark_file(arrived.fd());
  set_arrival_mark(arrived.fd(), arrival_mark_);
}

void earlier_folder::mark_file(int fd) const noexcept {
  (void)::fsetxattr(fd, mark_name, mark_.data(), mark_.size(), 0);
}

bool earlier_folder::has_mark(int fd) const noexcept {
  std::array<char, 64> found{};
  const auto size = ::fgetxattr(fd, mark_name, found.data(), found.size());
  return size > 0 && std::string_view(found.data(), static_cast<std::size_t>(size)) == mark_;
}

void earlier_folder::look_into(const os::safe_dir& directory, const std::string& name) {
  if (auto dir = directory.open_dir(name)) merged_ = std::move(*dir);
}

}  // namespace mesh::share
