#include "agent/share/space_claim.hpp"

#include "core/base/limits.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <sys/stat.h>

#include <fmt/format.h>

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

result<space_claim> space_claim::promise(const os::safe_dir& dir, std::uint64_t bytes) {
  struct stat facts{};
  const dev_t disk = ::fstat(dir.fd(), &facts) == 0 ? facts.st_dev : 0;
  const std::scoped_lock lock(all().guard);
  const auto free = dir.free_bytes();
  if (!free) return std::unexpected(free.error());
  const auto usable = *free - std::min(*free, limits::free_space_reserve_bytes + all().bytes[disk]);
  if (bytes > usable)
    return fail(errc::disk_full, fmt::format("{} bytes are needed, {} can be stored", bytes, usable), "size");
  all().bytes[disk] += bytes;
  space_claim out;
  out.disk_ = disk;
  out.bytes_ = bytes;
  return out;
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
