// Room on a disk that was promised to files which are still coming: the next one may not count on it.
#pragma once
#include "agent/os/safe_dir.hpp"
#include "core/base/error.hpp"

#include <cstdint>
#include <sys/types.h>
#include <utility>

namespace mesh::share {

// Of this process; what the file system itself reserved need not be claimed.
class space_claim {
 public:
  space_claim() = default;
  space_claim(dev_t disk, std::uint64_t bytes);
  space_claim(space_claim&& other) noexcept : disk_(other.disk_), bytes_(std::exchange(other.bytes_, 0)) {}
  space_claim& operator=(space_claim&& other) noexcept;
  ~space_claim() { shrink_to(0); }

  // Looks and claims in one step. Errors: disk_full when bytes do not fit beside what others were promised
  // and limits::free_space_reserve_bytes; io.
  static result<space_claim> promise(const os::safe_dir& dir, std::uint64_t bytes);

  std::uint64_t bytes() const noexcept { return bytes_; }
  // What is written is counted by the file system from now on.
  void shrink_to(std::uint64_t bytes) noexcept;

  static std::uint64_t claimed(dev_t disk) noexcept;

 private:
  dev_t disk_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace mesh::share
