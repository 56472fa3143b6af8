#include "agent/share/arrived_file.hpp"

#include "agent/share/arrival_mark.hpp"
#include "agent/share/read_fully.hpp"
#include "agent/share/safe_name.hpp"

namespace mesh::share {

std::optional<arrived_file> arrived_file::find(const os::safe_dir& dir, const sink_file& file) {
  if (file.transfer_id.empty()) return std::nullopt;
  const auto mark = arrival_mark(file.user, file.device, file.transfer_id);
  std::optional<arrived_file> found;
  find_numbered(dir, file.name, [&](const std::string& name) {
    const auto facts = dir.facts(name);
    if (!facts || static_cast<std::uint64_t>(facts->st_size) != file.size) return false;
    auto fd = dir.reopen_own_file(name);
    if (fd && has_arrival_mark(fd->get(), mark)) found = arrived_file(name, std::move(*fd));
    return found.has_value();
  });
  return found;
}

result<void> arrived_file::read(std::uint64_t offset, std::span<std::byte> out) const {
  return read_at(fd_.get(), offset, out, name_);
}

result<void> arrived_file::disown() {
  remove_arrival_mark(fd_.get());
  return fail(errc::busy, "what arrived by this transfer is not what is offered now");
}

}  // namespace mesh::share
