// How fast this agent may move bytes: as configured, or as a person said while it ran. What a person said is
// kept.
#pragma once
#include "agent/os/private_dir.hpp"
#include "agent/share/rate_limits.hpp"
#include "core/base/error.hpp"
#include "core/wire/json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mesh::app {

struct device_rate {
  std::string device_id;
  std::uint64_t rate = 0;
};
BOOST_DESCRIBE_STRUCT(device_rate, (), (device_id, rate))

// Bytes per second; rate: of all transfers in each direction. chosen: by a person, so that the configured one
// does not count.
struct rate_table {
  bool chosen = false;
  std::optional<std::uint64_t> rate;
  std::vector<device_rate> devices;
};
BOOST_DESCRIBE_STRUCT(rate_table, (), (chosen, rate, devices))

// One thread.
class rate_book {
 public:
  // Reads what was kept in dir, which outlives the book. Errors: state_unreadable.
  static result<rate_book> open(const os::private_dir& dir, std::optional<std::uint64_t> configured);

  // With the rate in force for all.
  const rate_table& table() const noexcept { return table_; }
  // All of these keep the change. Errors: disk_full, io; nothing changes then.
  result<void> set_all(std::optional<std::uint64_t> rate);
  result<void> use_configured();
  result<void> set_device(const std::string& device_id, std::optional<std::uint64_t> rate);

  void apply(share::rate_limits& to) const;

 private:
  rate_book(const os::private_dir& dir, std::optional<std::uint64_t> configured, rate_table table)
      : dir_(&dir), configured_(configured), table_(std::move(table)) {}
  result<void> change(rate_table to);

  const os::private_dir* dir_;
  std::optional<std::uint64_t> configured_;
  rate_table table_;
  std::vector<std::string> lifted_;  // devices that had a rate and have none any more
};

}  // namespace mesh::app
