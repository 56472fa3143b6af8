#include "agent/share/utf8.hpp"

#include "core/base/escape.hpp"

namespace mesh::share {
namespace {

std::size_t expected_size(unsigned char lead) noexcept {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  if (lead >= 0xF0 && lead < 0xF5) return 4;
  return 0;
}

}  // namespace

code_point decode_at(std::string_view text, std::size_t at) noexcept {
  const auto lead = static_cast<unsigned char>(text[at]);
  const auto size = expected_size(lead);
  if (size == 0 || at + size > text.size() || !valid_utf8(text.substr(at, size))) return {lead, 1, false};
  if (size == 1) return {lead, 1, true};
  char32_t code = lead & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i)
    code = (code << 6U) | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
  return {code, size, true};
}

std::string_view cut_utf8(std::string_view text, std::size_t bytes_max) noexcept {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

std::string well_formed(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto c = decode_at(text, at);
    out += c.valid ? text.substr(at, c.size) : "\xEF\xBF\xBD";
    at += c.size;
  }
  return out;
}

}  // namespace mesh::share
