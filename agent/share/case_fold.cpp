#include "agent/share/safe_name.hpp"
#include "agent/share/utf8.hpp"

namespace mesh::share {
namespace {

bool within(char32_t code, char32_t first, char32_t last) noexcept {
  return code >= first && code <= last;
}

// Blocks in which capitals are even and the small letter follows, or the other way round (Unicode 15, simple
// case folding).
bool even_capital(char32_t c) noexcept {
  return within(c, 0x100, 0x12F) || within(c, 0x132, 0x137) || within(c, 0x14A, 0x177) ||
         within(c, 0x1DE, 0x1EF) || within(c, 0x1F8, 0x21F) || within(c, 0x222, 0x233) ||
         within(c, 0x3D8, 0x3EF) || within(c, 0x460, 0x481) || within(c, 0x48A, 0x4BF) ||
         within(c, 0x4D0, 0x52F) || within(c, 0x1E00, 0x1E95) || within(c, 0x1EA0, 0x1EFF);
}
bool odd_capital(char32_t c) noexcept {
  return within(c, 0x139, 0x148) || within(c, 0x179, 0x17E) || within(c, 0x1CD, 0x1DC) ||
         within(c, 0x4C1, 0x4CE);
}

char32_t small(char32_t c) noexcept {
  if (within(c, 'A', 'Z')) return c + 32;
  if (c < 0xC0) return c;
  if (within(c, 0xC0, 0xDE) && c != 0xD7) return c + 32;
  if (even_capital(c)) return c | 1U;
  if (odd_capital(c)) return (c & 1U) != 0 ? c + 1 : c;
  if (c == 0x178) return 0xFF;
  if (c == 0x386) return 0x3AC;
  if (within(c, 0x388, 0x38A)) return c + 37;
  if (c == 0x38C) return 0x3CC;
  if (within(c, 0x38E, 0x38F)) return c + 63;
  if (within(c, 0x391, 0x3AB) && c != 0x3A2) return c + 32;
  if (c == 0x3C2) return 0x3C3;  // final sigma
  if (within(c, 0x400, 0x40F)) return c + 80;
  if (within(c, 0x410, 0x42F)) return c + 32;
  if (c == 0x1E9E) return 0xDF;
  return c;
}

}  // namespace

std::string fold_case(std::string_view name) {
  std::string out;
  out.reserve(name.size());
  for (std::size_t at = 0; at < name.size();) {
    const auto c = decode_at(name, at);
    if (c.valid)
      append_utf8(out, small(c.code));
    else
      out += name[at];
    at += c.size;
  }
  return out;
}

std::string free_name(const std::string& name, const std::set<std::string, std::less<>>& taken) {
  std::string candidate = name;
  for (unsigned number = 1; taken.contains(fold_case(candidate)); ++number)
    candidate = numbered_name(name, number);
  return candidate;
}

}  // namespace mesh::share
