// Memory for the lists of folders that others offer: bounded for each device and for all together, so that no
// sender exhausts it, and none alone keeps the others out.
#pragma once
#include "agent/share/transfer.hpp"
#include "core/base/error.hpp"

#include <cstddef>
#include <map>
#include <memory>

namespace mesh::share {

class manifest_budget {
 public:
  // bytes_max: of all; one device may hold half of it.
  explicit manifest_budget(std::size_t bytes_max) noexcept : bytes_max_(bytes_max) {}
  // Room for two folders of limits::folder_entries_max entries, and not more than half of the memory here.
  static std::size_t bytes_of_this_machine() noexcept;

  // Errors: too_large when a device may never hold so much, which is `whole` with what is taken before; busy
  // when there is no room at present. Nothing is taken then.
  result<void> take(const mesh::device_id& device, std::size_t bytes, std::size_t whole);
  void give_back(const mesh::device_id& device, std::size_t bytes) noexcept;

 private:
  std::size_t bytes_max_;
  std::size_t held_ = 0;
  std::map<mesh::device_id, std::size_t> held_of_;
};

// What one list holds of it, until it is gone.
class manifest_claim {
 public:
  manifest_claim(std::shared_ptr<manifest_budget> budget, mesh::device_id device)
      : budget_(std::move(budget)), device_(std::move(device)) {}
  manifest_claim(const manifest_claim&) = delete;
  manifest_claim& operator=(const manifest_claim&) = delete;
  ~manifest_claim() { release(); }

  // bytes: of the whole list so far. Errors: of manifest_budget::take().
  result<void> grow_to(std::size_t bytes);
  void release() noexcept;

 private:
  std::shared_ptr<manifest_budget> budget_;
  mesh::device_id device_;
  std::size_t bytes_ = 0;
};

}  // namespace mesh::share
