#include "agent/app/consents.hpp"

#include "agent/os/atomic_file.hpp"
#include "core/base/log.hpp"

#include <algorithm>

namespace mesh::app {
namespace {

constexpr std::string_view module = "share";
constexpr auto file_name = "consents.json";
constexpr std::size_t file_bytes_max = 1024UZ * 1024;

struct kept_consents {
  std::vector<consent> consents;
};
BOOST_DESCRIBE_STRUCT(kept_consents, (), (consents))

result<std::vector<consent>> read_from(const os::private_dir& dir) {
  const auto text = os::read_private_file(dir, file_name, file_bytes_max);
  if (!text) return std::unexpected(text.error());
  if (!*text) return std::vector<consent>();
  const auto json = wire::parse_json((*text)->reveal(), file_bytes_max);
  if (!json) return std::unexpected(json.error());
  auto kept = wire::from_json<kept_consents>(*json);
  if (!kept) return std::unexpected(kept.error());
  return std::move(kept->consents);
}

bool is_for(const consent& one, std::string_view key, const share::transfer_info& offer) {
  return one.key == key && one.transfer_id == offer.transfer_id && one.user == offer.peer.user.str() &&
         one.device == offer.peer.device.str() && one.name == offer.name && one.size == offer.size &&
         one.folder == offer.files.has_value() && one.text == offer.text;
}

bool has_arrived(const consent& one) {
  return one.arrived.value_or(false);
}

bool too_old(const consent& one, wall_time now) {
  return one.since < unix_milliseconds(now - consents::life);
}

}  // namespace

consents::consents(const os::private_dir& dir, wall_time now) : dir_(dir) {
  auto kept = read_from(dir);
  if (!kept)
    log::warn(module, "what was agreed to cannot be read: {}", kept.error().detail);
  else
    all_ = std::move(*kept);
  std::erase_if(all_, [&](const consent& one) { return too_old(one, now); });
}

share::consent consents::of(std::string_view key, const share::transfer_info& offer, wall_time now) const {
  const auto found = std::ranges::find_if(
      all_, [&](const consent& one) { return is_for(one, key, offer) && !too_old(one, now); });
  if (found == all_.end()) return share::consent::over;
  return has_arrived(*found) ? share::consent::arrived : share::consent::given;
}

void consents::set(std::string_view key, const share::transfer_info& offer, share::consent to,
                   wall_time now) {
  const auto forgotten =
      std::erase_if(all_, [&](const consent& one) { return is_for(one, key, offer) || too_old(one, now); });
  if (to != share::consent::given && forgotten == 0) return;
  if (to != share::consent::over) {
    make_room();
    all_.push_back({offer.peer.user.str(), offer.peer.device.str(), std::string(key), offer.transfer_id,
                    offer.name, offer.size, offer.files.has_value(), offer.text, unix_milliseconds(now),
                    to == share::consent::arrived ? std::optional(true) : std::nullopt});
  }
  keep();
}

// What is here needs its yes less than what is still to come.
void consents::make_room() {
  if (all_.size() < kept_max) return;
  const auto arrived = std::ranges::find_if(all_, has_arrived);
  all_.erase(arrived == all_.end() ? all_.begin() : arrived);
}

void consents::keep() const {
  const auto text = wire::to_text(wire::to_json(kept_consents{all_}));
  if (const auto done = os::write_file_atomically(dir_, file_name, as_bytes(text)); !done)
    log::warn(module, "what was agreed to cannot be kept: {}", done.error().detail);
}

}  // namespace mesh::app
