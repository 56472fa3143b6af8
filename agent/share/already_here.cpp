#include "agent/share/already_here.hpp"

#include "agent/share/arrival_mark.hpp"
#include "agent/share/arrived_file.hpp"
#include "agent/share/safe_name.hpp"

namespace mesh::share {

bool is_here_already(const std::filesystem::path& directory, const transfer_info& offer) {
  if (offer.text || offer.transfer_id.empty()) return false;
  const auto dir = os::safe_dir::open(directory);
  if (!dir) return false;
  const auto user = offer.peer.user.str();
  const auto device = offer.peer.device.str();
  if (!offer.files)
    return arrived_file::find(*dir, {offer.name, offer.size, {}, user, device, offer.transfer_id})
        .has_value();
  const auto mark = arrival_mark(user, device, offer.transfer_id);
  return find_numbered(*dir, offer.name, [&](const std::string& name) {
    const auto folder = dir->open_dir(name);
    return folder && has_arrival_mark(folder->fd(), mark);
  });
}

}  // namespace mesh::share
