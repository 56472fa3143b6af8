#include "server/auth/random_source.hpp"

#include "core/base/secret.hpp"
#include "core/crypto/random.hpp"

#include <algorithm>

namespace mesh::auth {
namespace {

// The kernel is asked once for many small requests: every chat message needs three identifiers.
struct reserve {
  std::array<std::byte, 512> bytes;
  std::size_t left = 0;
};

}  // namespace

void system_random::fill(std::span<std::byte> out) noexcept {
  thread_local reserve mine;
  if (out.size() > mine.bytes.size()) return crypto::fill_random(out);
  if (out.size() > mine.left) {
    crypto::fill_random(mine.bytes);
    mine.left = mine.bytes.size();
  }
  mine.left -= out.size();
  const auto taken = std::span(mine.bytes).subspan(mine.left, out.size());
  std::ranges::copy(taken, out.begin());
  // Handed out once, and not to be found here afterwards.
  wipe(taken.data(), taken.size());
}

}  // namespace mesh::auth
