#include "agent/share/space_claim.hpp"

#include <map>
#include <mutex>

namespace mesh::share {
namespace {

// The end of a transfer may give its room back on a worker thread.
struct ledger {
  std::mutex guard;
  std::map<dev_t, std::uint64_t> bytes;
};

ledger& all() {
  static ledger it;
  return it;
}

}  // namespace

space_claim::space_claim(dev_t disk, std::uint64_t bytes) : disk_(disk), bytes_(bytes) {
  const std::scoped_lock lock(all().guard);
  all().bytes[disk] += bytes;
}

space_claim& space_claim::operator=(space_claim&& other) noexcept {
  if (this == &other) return *this;
  shrink_to(0);
  disk_ = other.disk_;
  bytes_ = std::exchange(other.bytes_, 0);
  return *this;
}

void space_claim::shrink_to(std::uint64_t bytes) noexcept {
  if (bytes >= bytes_) return;
  const std::scoped_lock lock(all().guard);
  all().bytes[disk_] -= bytes_ - bytes;
  bytes_ = bytes;
}

std::uint64_t space_claim::claimed(dev_t disk) noexcept {
  const std::scoped_lock lock(all().guard);
  const auto at = all().bytes.find(disk);
  return at == all().bytes.end() ? 0 : at->second;
}

}  // namespace mesh::share
