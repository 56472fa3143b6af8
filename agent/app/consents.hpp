// Offers that a person here said yes to. The yes holds for each further attempt of that sender to bring that
// very file, also after this program ended, until somebody here says no. Once the file is here it is no yes
// to content any more: it lets the file be confirmed to a sender that has not heard.
#pragma once
#include "agent/os/private_dir.hpp"
#include "agent/share/transfer_table.hpp"
#include "core/base/clock.hpp"
#include "core/wire/json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::app {

// user, device, key: of the sender, as the handshake proved them; key is the fingerprint of the device's key.
// transfer_id: the sender's. since: Unix milliseconds. arrived: it is here.
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
  std::optional<bool> arrived = {};  // absent: no
};
BOOST_DESCRIBE_STRUCT(consent, (), (user, device, key, transfer_id, name, size, folder, text, since, arrived))

// One thread.
class consents {
 public:
  static constexpr std::size_t kept_max = 200;
  static constexpr auto life = std::chrono::days(30);

  // Kept in dir, which outlives it; a file that cannot be read is warned of and counts as empty.
  consents(const os::private_dir& dir, wall_time now);

  // What was said to that offer. Another name, size or key than was agreed to is another offer.
  share::consent of(std::string_view key, const share::transfer_info& offer, wall_time now) const;
  // What nobody said yes to cannot become one that arrived.
  void set(std::string_view key, const share::transfer_info& offer, share::consent to, wall_time now);

 private:
  void make_room();
  void keep() const;

  const os::private_dir& dir_;
  std::vector<consent> all_;  // the oldest first
};

}  // namespace mesh::app
