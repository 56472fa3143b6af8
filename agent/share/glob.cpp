#include "agent/share/glob.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>

namespace mesh::share {
namespace {

constexpr auto npos = std::string_view::npos;

struct named_class {
  std::string_view name;
  bool (*holds)(int);
};

// Of the C locale, so that a machine's language changes nothing.
constexpr bool in(int c, int first, int last) {
  return c >= first && c <= last;
}
constexpr bool lower(int c) {
  return in(c, 'a', 'z');
}
constexpr bool upper(int c) {
  return in(c, 'A', 'Z');
}
constexpr bool digit(int c) {
  return in(c, '0', '9');
}
constexpr bool graph(int c) {
  return in(c, 0x21, 0x7e);
}
constexpr bool alpha(int c) {
  return lower(c) || upper(c);
}
constexpr bool alnum(int c) {
  return alpha(c) || digit(c);
}

constexpr auto classes = std::to_array<named_class>({
    {"alnum", alnum},
    {"alpha", alpha},
    {"blank", [](int c) { return c == ' ' || c == '\t'; }},
    {"cntrl", [](int c) { return c < 0x20 || c == 0x7f; }},
    {"digit", digit},
    {"graph", graph},
    {"lower", lower},
    {"print", [](int c) { return graph(c) || c == ' '; }},
    {"punct", [](int c) { return graph(c) && !alnum(c); }},
    {"space", [](int c) { return c == ' ' || in(c, '\t', '\r'); }},
    {"upper", upper},
    {"xdigit", [](int c) { return digit(c) || in(c, 'a', 'f') || in(c, 'A', 'F'); }},
});

}  // namespace

glob::glob(std::string_view pattern) {
  for (std::size_t at = 0; at < pattern.size() && !broken_;) {
    const auto c = static_cast<unsigned char>(pattern[at]);
    if (c == '*') {
      at = read_stars(pattern, at);
    } else if (c == '?') {
      tokens_.push_back({kind::any});
      ++at;
    } else if (c == '[') {
      at = read_set(pattern, at + 1);
      broken_ = at == npos;
    } else if (c == '\\') {
      broken_ = at + 1 == pattern.size();
      if (!broken_) tokens_.push_back({kind::byte, static_cast<unsigned char>(pattern[at + 1])});
      at += 2;
    } else {
      tokens_.push_back({kind::byte, c});
      ++at;
    }
  }
}

// "**" goes deep only where it is a whole component.
std::size_t glob::read_stars(std::string_view pattern, std::size_t at) {
  const auto end = std::min(pattern.find_first_not_of('*', at), pattern.size());
  const auto rest = pattern.substr(end);
  const bool whole = (at == 0 || pattern[at - 1] == '/') &&
                     (rest.empty() || rest.starts_with('/') || rest.starts_with("\\/"));
  const bool deep = end - at > 1 && whole;
  if (deep && rest.starts_with('/')) tokens_.push_back({kind::fork});
  tokens_.push_back({deep ? kind::deep_star : kind::star});
  return end;
}

std::size_t glob::read_set(std::string_view pattern, std::size_t at) {
  byte_set set;
  const auto c_at = [&](std::size_t i) {
    return i < pattern.size() ? static_cast<unsigned char>(pattern[i]) : 0;
  };
  const bool negated = c_at(at) == '!' || c_at(at) == '^';
  if (negated) ++at;
  int previous = 0;   // of a range; 0: none can begin here
  bool first = true;  // a ']' that is the first is meant
  for (; first || c_at(at) != ']'; ++at, first = false) {
    int c = c_at(at);
    if (c == 0) return npos;
    if (c == '\\') {
      c = c_at(++at);
      if (c == 0) return npos;
      set.set(static_cast<std::size_t>(c));
    } else if (c == '-' && previous != 0 && c_at(at + 1) != 0 && c_at(at + 1) != ']') {
      int last = c_at(++at);
      if (last == '\\') last = c_at(++at);
      if (last == 0) return npos;
      for (int i = previous; i <= last; ++i) set.set(static_cast<std::size_t>(i));
      c = 0;
    } else if (c == '[' && c_at(at + 1) == ':') {
      const auto close = pattern.find(']', at + 2);
      if (close == npos) return npos;
      if (close > at + 2 && pattern[close - 1] == ':') {
        const auto name = pattern.substr(at + 2, close - 1 - (at + 2));
        const auto* const known = std::ranges::find(classes, name, &named_class::name);
        if (known == classes.end()) return npos;
        for (int i = 0; i < 256; ++i)
          if (known->holds(i)) set.set(static_cast<std::size_t>(i));
        at = close;
        c = 0;
      } else {
        set.set('[');  // no class after all
      }
    } else {
      set.set(static_cast<std::size_t>(c));
    }
    previous = c;
  }
  if (negated) set.flip();
  set.reset('/');
  tokens_.push_back({kind::set, 0, sets_.size()});
  sets_.push_back(set);
  return at + 1;
}

bool glob::takes(const token& t, unsigned char c) const {
  switch (t.what) {
    case kind::byte:
      return c == t.value;
    case kind::any:
    case kind::star:
      return c != '/';
    case kind::set:
      return sets_[t.which].test(c);
    case kind::deep_star:
      return true;
    case kind::fork:
      return false;
  }
  return false;
}

// Which tokens may come next, all at once: no way is tried twice.
class glob::states {
 public:
  explicit states(const std::vector<token>& tokens) : tokens_(&tokens), bits_(tokens.size() / 64 + 1) {}

  // And what may follow when stars stand for nothing.
  void add(std::size_t at) {
    while (!has(at)) {
      bits_[at / 64] |= std::uint64_t{1} << at % 64;
      any_ = true;
      if (at == tokens_->size()) return;
      const auto what = (*tokens_)[at].what;
      if (what == kind::fork) add(at + 3);
      if (what != kind::fork && what != kind::star && what != kind::deep_star) return;
      ++at;
    }
  }
  bool has(std::size_t at) const { return (bits_[at / 64] >> at % 64 & 1) != 0; }
  bool any() const { return any_; }
  void clear() {
    std::ranges::fill(bits_, 0);
    any_ = false;
  }
  template <class Call>
  void each(Call call) const {
    for (std::size_t word = 0; word < bits_.size(); ++word)
      for (auto left = bits_[word]; left != 0; left &= left - 1)
        call(word * 64 + static_cast<std::size_t>(std::countr_zero(left)));
  }

 private:
  const std::vector<token>* tokens_;
  std::vector<std::uint64_t> bits_;
  bool any_ = false;
};

bool glob::matches(std::string_view path) const {
  if (broken_) return false;
  states now(tokens_);
  states next(tokens_);
  now.add(0);
  for (const char byte : path) {
    const auto c = static_cast<unsigned char>(byte);
    next.clear();
    now.each([&](std::size_t at) {
      if (at == tokens_.size() || !takes(tokens_[at], c)) return;
      const bool stays = tokens_[at].what == kind::star || tokens_[at].what == kind::deep_star;
      next.add(stays ? at : at + 1);
    });
    std::swap(now, next);
    if (!now.any()) return false;
  }
  return now.has(tokens_.size());
}

}  // namespace mesh::share
