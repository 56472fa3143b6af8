// What a secret looks like: words that come before it, and the letters it is made of.
#pragma once
#include "core/base/error.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::terminal {

enum class secret_letters : std::uint8_t {
  token,  // letters, digits and _ - . + / =
  value,  // up to a blank, or to the closing quote where one opens it
  block,  // letters of base64 on any number of lines, up to "-----END"
};

// prefix: lower case where any_case. whole_word: no letter, digit or _ stands before it. shown: how many
// letters of the secret are still shown, where the prefix is also the beginning of common words.
struct mask_pattern {
  std::string prefix;
  secret_letters letters = secret_letters::token;
  bool whole_word = true;
  bool any_case = false;
  int shown = 0;
};

// Keys of AWS and Google, tokens of GitHub, GitLab, Slack, Stripe, JWT, private keys (PEM), and what is
// written behind password=, token= and the like.
std::vector<mask_pattern> default_masks();

// Words of a person: "ACME_*" hides what follows ACME_ up to the next blank. Errors: field_invalid for what
// is shorter than three letters, longer than limits::terminal_mask_chars_max, without the star at its end, or
// not printable ASCII, and for more than limits::terminal_masks_max.
result<std::vector<mask_pattern>> read_masks(std::span<const std::string> words);

}  // namespace mesh::terminal
