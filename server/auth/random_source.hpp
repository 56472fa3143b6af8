// Randomness as an argument, so that services are deterministic under test.
#pragma once
#include "core/base/bytes.hpp"
#include "core/base/id.hpp"

#include <array>
#include <span>
#include <string>

namespace mesh::auth {

// fill may be called from several threads at once.
class random_source {
 public:
  virtual ~random_source() = default;
  virtual void fill(std::span<std::byte> out) noexcept = 0;

  template <std::size_t N>
  std::array<std::byte, N> bytes() noexcept {
    std::array<std::byte, N> out;
    fill(out);
    return out;
  }
  template <class Id>
  Id id() {
    return new_id(Id());
  }
  // 256 random bits as base64url: a token nobody guesses.
  std::string token() { return to_base64url(bytes<32>()); }

 private:
  template <class Tag>
  basic_id<Tag> new_id(const basic_id<Tag>&) {
    return make_id<Tag>(bytes<16>());
  }
};

// The kernel's.
class system_random final : public random_source {
 public:
  void fill(std::span<std::byte> out) noexcept override;
};

}  // namespace mesh::auth
