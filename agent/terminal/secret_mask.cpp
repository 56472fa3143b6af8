#include "agent/terminal/secret_mask.hpp"

#include <algorithm>
#include <utility>

namespace mesh::terminal {
namespace {

constexpr char escape = '\x1b';
// A key longer than this is none; the text behind it is shown again.
constexpr std::uint64_t block_letters_max = 64UZ * 1024;

constexpr bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
constexpr bool is_token(char c) {
  return is_word(c) || c == '-' || c == '.' || c == '+' || c == '/' || c == '=';
}
constexpr bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
}
constexpr bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}
// The first byte of letters that mostly take two columns: U+3000 to U+DFFF and those beyond U+FFFF.
constexpr bool is_wide(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0xE3 && byte <= 0xED) || byte >= 0xF0;
}
// Control sequences that leave the cursor where it is (ECMA-48): colours, erasing, modes, reports.
constexpr bool stays(char final) {
  return std::string_view("mKJhlnctqrgpb").contains(final);
}

std::vector<std::string_view> prefixes_of(const std::vector<mask_pattern>& patterns) {
  std::vector<std::string_view> out;
  for (const auto& p : patterns) out.emplace_back(p.prefix);
  return out;
}

}  // namespace

secret_mask::secret_mask(std::vector<mask_pattern> patterns)
    : patterns_(std::move(patterns)), finder_(std::make_unique<word_finder>(prefixes_of(patterns_))) {}

std::string secret_mask::hide(std::string_view output) {
  std::string out;
  out.reserve(output.size());
  for (const char c : output) {
    if (sequence_ == sequence::none && c != escape) {
      if (is_control(c)) {
        control(screen_, c);
        out += c;
      } else {
        text(screen_, c, out);
      }
      continue;
    }
    const bool of_title = in_title_ && sequence_ == sequence::string && !is_control(c);
    follow_sequence(c);
    if (of_title && in_title_)
      text(title_, c, out);
    else
      out += c;
  }
  return out;
}

// -- escape sequences (ECMA-48; OSC as xterm)

void secret_mask::follow_sequence(char c) {
  const bool cancels = c == '\x18' || c == '\x1a';
  switch (sequence_) {
    case sequence::none:
      sequence_ = sequence::escape;
      return;
    case sequence::escape:
    case sequence::intermediate:
      if (sequence_ == sequence::escape && c == '[') {
        sequence_ = sequence::csi;
      } else if (sequence_ == sequence::escape && std::string_view("]PX^_").contains(c)) {
        sequence_ = sequence::string;
        opening_.assign(1, c);
        in_title_ = false;
      } else if (c >= ' ' && c <= '/') {
        sequence_ = sequence::intermediate;
      } else if (c != escape) {
        // Of those of two letters, the ones that move the cursor.
        if (sequence_ == sequence::escape && std::string_view("8DEMc").contains(c)) end(screen_);
        sequence_ = sequence::none;
      }
      return;
    case sequence::csi:
      if (c == escape) {
        sequence_ = sequence::escape;
      } else if (cancels || (c >= '@' && c <= '~')) {
        sequence_ = sequence::none;
        if (!stays(c)) end(screen_);
      }
      return;
    case sequence::string:
      if (c == escape) {
        sequence_ = sequence::string_escape;
      } else if (c == '\a' || cancels) {
        sequence_ = sequence::none;
      } else if (!in_title_ && opening_.size() < 3) {
        opening_ += c;
        in_title_ = opening_ == "]0;" || opening_ == "]1;" || opening_ == "]2;";
        if (in_title_) title_ = {};
      }
      return;
    case sequence::string_escape:
      // A backslash ends it; anything else begins a sequence of its own.
      sequence_ = sequence::escape;
      if (c == '\\')
        sequence_ = sequence::none;
      else
        follow_sequence(c);
      return;
  }
}

// -- text

void secret_mask::end(reader& r) {
  r.open = nullptr;
  r.at = 0;
  r.wrapping = r.rubbing = r.wide = false;
  r.quote = 0;
}

void secret_mask::control(reader& r, char c) {
  if (r.open == nullptr) {
    // A backspace moves back over what was shown: the word is another one now.
    r.at = 0;
    r.recent[r.count++ % r.recent.size()] = c;
    return;
  }
  const bool goes_on =
      c == '\b' || c == '\a' || (c == '\r' && r.wrapping) || r.open->letters == secret_letters::block;
  r.rubbing = c == '\b';
  r.wrapping = false;
  r.dashes = 0;
  if (!goes_on) end(r);
}

void secret_mask::text(reader& r, char c, std::string& out) {
  if (r.open != nullptr) {
    if (hides(r, c, out)) return;
    end(r);
  }
  out += c;
  search(r, c);
}

void secret_mask::search(reader& r, char c) {
  r.recent[r.count++ % r.recent.size()] = c;
  r.at = finder_->next(r.at, c);
  const auto before = [&](std::size_t back) { return r.recent[(r.count - 1 - back) % r.recent.size()]; };
  for (const auto number : finder_->found(r.at)) {
    const auto& p = patterns_[number];
    const auto length = p.prefix.size();
    bool same = p.any_case;
    if (!same) {
      same = true;
      for (std::size_t i = 0; i < length && same; ++i) same = before(length - 1 - i) == p.prefix[i];
    }
    if (!same || (p.whole_word && r.count > length && is_word(before(length)))) continue;
    r.open = &p;
    r.begun = false;
    r.passed = 0;
    r.quote = 0;
    r.block_letters = 0;
    r.dashes = 0;
    r.at = 0;
    return;
  }
}

// True when the letter belongs to the secret, and stands in out as it may be seen.
bool secret_mask::hides(reader& r, char c, std::string& out) {
  if (r.wide && is_continuation(c)) return true;
  r.wide = false;
  if (std::exchange(r.wrapping, false) && c != ' ') return false;
  // "\b \b" rubs out one letter.
  if (std::exchange(r.rubbing, false) && c == ' ') {
    out += c;
    return true;
  }
  switch (r.open->letters) {
    case secret_letters::token:
      return hides_token(r, c, out);
    case secret_letters::value:
      return hides_value(r, c, out);
    case secret_letters::block:
      return hides_block(r, c, out);
  }
  return false;
}

bool secret_mask::hides_token(reader& r, char c, std::string& out) {
  if (c == ' ' && r.begun) {
    r.wrapping = true;
    out += c;
    return true;
  }
  if (!is_token(c)) return false;
  if (r.passed < r.open->shown) {
    ++r.passed;
    out += c;
    return true;
  }
  star(r, c, out);
  return true;
}

bool secret_mask::hides_value(reader& r, char c, std::string& out) {
  if (!r.begun && r.quote == 0 && c == ' ' && r.passed < 2) {
    ++r.passed;
    out += c;
    return true;
  }
  if (!r.begun && r.quote == 0 && (c == '"' || c == '\'')) {
    r.quote = c;
    out += c;
    return true;
  }
  if (r.quote != 0 ? c == r.quote : (c == '"' || c == '\'')) return false;
  if (c == ' ' && r.quote == 0) {
    if (!r.begun) return false;
    r.wrapping = true;
    out += c;
    return true;
  }
  star(r, c, out);
  return true;
}

// The lines between BEGIN and END.
bool secret_mask::hides_block(reader& r, char c, std::string& out) {
  if (++r.block_letters > block_letters_max) return false;
  r.dashes = c == '-' ? r.dashes + 1 : 0;
  if (r.dashes == 5) {
    out += c;
    end(r);
    return true;
  }
  if (c == '-' || c == ' ') {
    out += c;
    return true;
  }
  star(r, c, out);
  return true;
}

void secret_mask::star(reader& r, char c, std::string& out) {
  if (!std::exchange(r.begun, true)) ++hidden_;
  if (is_continuation(c)) return;
  r.wide = static_cast<unsigned char>(c) >= 0x80;
  out += is_wide(c) ? "**" : "*";
}

}  // namespace mesh::terminal
