#include "core/base/secret.hpp"

#include <cstring>
#include <utility>

namespace mesh {

secret::secret(std::string text) noexcept : text_(std::move(text)) {}

secret::secret(secret&& other) noexcept : text_(std::move(other.text_)) {
  other.wipe();
}

secret& secret::operator=(secret&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  text_ = std::move(other.text_);
  other.wipe();
  return *this;
}

secret::~secret() {
  wipe();
}

void secret::wipe() noexcept {
  mesh::wipe(text_);
}

void wipe(void* data, std::size_t size) noexcept {
  std::memset(data, 0, size);
  // The barrier tells the compiler that the zeros are read, so the store is not dropped.
  asm volatile("" : : "r"(data) : "memory");
}

void wipe(std::string& text) noexcept {
  // A moved-from small string keeps its characters in place, so the whole capacity is wiped.
  text.resize(text.capacity());
  wipe(text.data(), text.size());
  text.clear();
}

}  // namespace mesh
