#include "agent/terminal/mask_pattern.hpp"

#include "core/base/limits.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace mesh::terminal {
namespace {

using enum secret_letters;

struct token_prefix {
  std::string_view prefix;
  int shown = 0;
};
constexpr auto token_prefixes = std::to_array<token_prefix>({
    {"AKIA", 4},
    {"ASIA", 4},
    {"AIza", 4},
    {"ghp_"},
    {"gho_"},
    {"ghu_"},
    {"ghs_"},
    {"ghr_"},
    {"github_pat_"},
    {"glpat-"},
    {"xoxb-"},
    {"xoxp-"},
    {"xoxa-"},
    {"xoxs-"},
    {"xapp-"},
    {"sk_live_"},
    {"rk_live_"},
    {"eyJ", 8},
});

constexpr auto assignments =
    std::to_array<std::string_view>({"password", "passwd", "passphrase", "secret", "secret_key",
                                     "secret_access_key", "api_key", "apikey", "token", "private_key"});

constexpr auto private_keys =
    std::to_array<std::string_view>({"", "RSA ", "EC ", "DSA ", "OPENSSH ", "ENCRYPTED "});

}  // namespace

std::vector<mask_pattern> default_masks() {
  std::vector<mask_pattern> out;
  for (const auto& [prefix, shown] : token_prefixes)
    out.push_back({std::string(prefix), token, true, false, shown});
  for (const auto word : assignments)
    for (const auto* end : {"=", ":", "\":"}) out.push_back({std::string(word) + end, value, false, true, 0});
  for (const auto kind : private_keys)
    out.push_back({fmt::format("-----BEGIN {}PRIVATE KEY-----", kind), block, false, false, 0});
  out.push_back({"authorization: bearer ", value, false, true, 0});
  return out;
}

result<std::vector<mask_pattern>> read_masks(std::span<const std::string> words) {
  constexpr auto field = "terminal_masks";
  if (words.size() > limits::terminal_masks_max)
    return fail(errc::field_invalid, fmt::format("more than {} patterns", limits::terminal_masks_max), field);
  std::vector<mask_pattern> out;
  for (const auto& word : words) {
    const bool printable = std::ranges::all_of(word, [](char c) { return c >= ' ' && c <= '~'; });
    if (word.size() < 4 || word.size() > limits::terminal_mask_chars_max || !word.ends_with('*') ||
        !printable)
      return fail(errc::field_invalid,
                  fmt::format("\"{}\" is no pattern: three letters or more and a star, as ACME_*", word),
                  field);
    out.push_back({word.substr(0, word.size() - 1), value, false, false, 0});
  }
  return out;
}

}  // namespace mesh::terminal
