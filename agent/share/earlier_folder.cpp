#include "agent/share/earlier_folder.hpp"

#include "agent/share/arrival_mark.hpp"
#include "agent/share/entry_files.hpp"
#include "agent/share/safe_name.hpp"
#include "agent/share/write_fully.hpp"
#include "core/crypto/blake3.hpp"

#include <algorithm>
#include <array>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <fmt/format.h>

namespace mesh::share {
namespace {

constexpr auto mark_name = "user.mesh.origin";
constexpr unsigned names_max = 16;

std::string mark_of(const folder_identity& folder) {
  const auto text = fmt::format("{}\n{}\n{}\n{}", folder.user, folder.device, folder.name, folder.origin);
  return crypto::blake3_hex(as_bytes(text)).substr(0, 32);
}

}  // namespace

earlier_folder::earlier_folder(const os::safe_dir& directory, const folder_identity& folder,
                               const std::string& transfer_id)
    : mark_(mark_of(folder)),
      arrival_mark_(mesh::share::arrival_mark(folder.user, folder.device, transfer_id)) {
  for (unsigned number = 0; number < names_max && arrived_as_.empty(); ++number) {
    const auto name = number == 0 ? folder.name : numbered_name(folder.name, number);
    auto dir = directory.open_dir(name);
    if (!dir) continue;
    std::array<char, 64> mark{};
    const auto size = ::fgetxattr(dir->fd(), mark_name, mark.data(), mark.size());
    if (size <= 0 || std::string_view(mark.data(), static_cast<std::size_t>(size)) != mark_) continue;
    if (has_arrival_mark(dir->fd(), arrival_mark_)) arrived_as_ = name;
    if (!dir_ || !arrived_as_.empty()) dir_ = std::move(*dir);
  }
}

result<std::optional<std::string>> earlier_folder::copy(const std::string& path,
                                                        const wire::manifest_entry& wanted,
                                                        const os::safe_dir& to,
                                                        const std::string& name) const {
  if (!dir_) return std::nullopt;
  const auto from = dir_->open_file(path);
  struct stat facts{};
  if (!from || ::fstat(from->get(), &facts) != 0 || !looks_equal(facts, wanted)) return std::nullopt;
  const auto copied = to.create_file(name);
  if (!copied) return std::unexpected(copied.error());
  crypto::blake3_hasher hasher;
  const auto read =
      read_beginning(from->get(), wanted.size, [&](bytes_view content, std::uint64_t at) -> result<void> {
        hasher.update(content);
        const bool nothing = std::ranges::all_of(content, [](std::byte b) { return b == std::byte{}; });
        return nothing ? leave_hole(copied->get(), at + content.size(), content.size(), name)
                       : write_at(copied->get(), at, content, name);
      });
  if (!read) {
    (void)to.remove(name);
    return std::nullopt;
  }
  set_mtime(copied->get(), wanted.mtime);
  return hasher.hex();
}

void earlier_folder::mark(const os::safe_dir& arrived) const noexcept {
  (void)::fsetxattr(arrived.fd(), mark_name, mark_.data(), mark_.size(), 0);
  set_arrival_mark(arrived.fd(), arrival_mark_);
}

}  // namespace mesh::share
