#include "agent/share/manifest_budget.hpp"

#include <algorithm>
#include <unistd.h>
#include <utility>

namespace mesh::share {

std::size_t manifest_budget::bytes_of_this_machine() noexcept {
  constexpr std::size_t enough = 1024UZ * 1024 * 1024;
  const auto pages = ::sysconf(_SC_PHYS_PAGES);
  const auto page_bytes = ::sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page_bytes <= 0) return enough;
  return std::min(enough, static_cast<std::size_t>(pages) / 2 * static_cast<std::size_t>(page_bytes));
}

result<void> manifest_budget::take(const mesh::device_id& device, std::size_t bytes, std::size_t whole) {
  const auto of_device_max = bytes_max_ / 2;
  if (whole > of_device_max) return fail(errc::too_large, "the list of the folder is too large");
  const auto found = held_of_.find(device);
  const auto held_here = found == held_of_.end() ? 0 : found->second;
  if (bytes > of_device_max - held_here || bytes > bytes_max_ - held_)
    return fail(errc::busy, "the lists of other folders leave no room for this one");
  held_ += bytes;
  held_of_[device] += bytes;
  return {};
}

void manifest_budget::give_back(const mesh::device_id& device, std::size_t bytes) noexcept {
  const auto found = held_of_.find(device);
  if (found == held_of_.end()) return;
  held_ -= bytes;
  found->second -= bytes;
  if (found->second == 0) held_of_.erase(found);
}

result<void> manifest_claim::grow_to(std::size_t bytes) {
  if (bytes <= bytes_) return {};
  if (auto room = budget_->take(device_, bytes - bytes_, bytes); !room) return room;
  bytes_ = bytes;
  return {};
}

void manifest_claim::release() noexcept {
  if (const auto held = std::exchange(bytes_, 0); held > 0) budget_->give_back(device_, held);
}

}  // namespace mesh::share
