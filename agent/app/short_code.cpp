#include "agent/app/short_code.hpp"

#include "core/base/bytes.hpp"
#include "core/crypto/sha256.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace mesh::app {

std::string short_code(std::string_view a, std::string_view b) {
  if (b < a) std::swap(a, b);
  const auto digest = crypto::sha256(as_bytes(fmt::format("mesh-verify/1\n{}\n{}", a, b)));
  std::string out;
  for (std::size_t group = 0; group < 6; ++group) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 5; ++i)
      number = number << 8 | std::to_integer<std::uint64_t>(digest[group * 5 + i]);
    out += fmt::format("{}{:05}", group == 0 ? "" : " ", number % 100'000);
  }
  return out;
}

}  // namespace mesh::app
