#include "agent/share/session_quota.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace mesh::share {

result<void> session_quota::reserve(std::uint64_t size) {
  if (limits_.max_size) {
    const auto left = *limits_.max_size - std::min(reserved_, *limits_.max_size);
    if (size > left)
      return fail(errc::size_exceeded,
                  fmt::format("{} bytes offered, the session allows {} more", size, left), "size");
  }
  reserved_ += size;
  return {};
}

void session_quota::give_back(std::uint64_t size, std::uint64_t used) noexcept {
  const auto unused = size - std::min(used, size);
  reserved_ -= std::min(unused, reserved_);
}

}  // namespace mesh::share
