// What the token of a session lets its sender do, counted over all files of the session by the receiver.
#pragma once
#include "core/base/error.hpp"

#include <cstdint>
#include <optional>

namespace mesh::share {

// Claims of the capability token: bytes in all, bytes per second. Absent: no bound.
struct quota_limits {
  std::optional<std::uint64_t> max_size;
  std::optional<std::uint64_t> max_rate;
};

class session_quota {
 public:
  explicit session_quota(quota_limits limits) : limits_(limits) {}

  // Takes size bytes out of what is left. Errors: size_exceeded; nothing is taken then.
  result<void> reserve(std::uint64_t size);
  // A file of size bytes, of which only `used` arrived, ended: the rest is free again.
  void give_back(std::uint64_t size, std::uint64_t used) noexcept;

 private:
  quota_limits limits_;
  std::uint64_t reserved_ = 0;
};

}  // namespace mesh::share
