// Offers that a person here said yes to. The yes holds for each further attempt of that sender to bring that
// very file, also after this program ended, until the file is here or somebody here says no.
#pragma once
#include "agent/os/private_dir.hpp"
#include "agent/share/transfer.hpp"
#include "core/base/clock.hpp"
#include "core/wire/json.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::app {

// user, device, key: of the sender, as the handshake proved them; key is the fingerprint of the device's key.
// transfer_id: the sender's. since: Unix milliseconds.
struct consent {
  std::string user;
  std::string device;
  std::string key;
  std::string transfer_id;
  std::string name;
  std::uint64_t size = 0;
  bool folder = false;
  bool text = false;
  std::int64_t since = 0;
};
BOOST_DESCRIBE_STRUCT(consent, (), (user, device, key, transfer_id, name, size, folder, text, since))

// One thread.
class consents {
 public:
  static constexpr std::size_t kept_max = 200;
  static constexpr auto life = std::chrono::days(30);

  // Kept in dir, which outlives it; a file that cannot be read is warned of and counts as empty.
  consents(const os::private_dir& dir, wall_time now);

  // Another name, size or key than was agreed to is another offer.
  bool holds(std::string_view key, const share::transfer_info& offer, wall_time now) const;
  void set(std::string_view key, const share::transfer_info& offer, bool yes, wall_time now);

 private:
  void keep() const;

  const os::private_dir& dir_;
  std::vector<consent> all_;  // the oldest first
};

}  // namespace mesh::app
