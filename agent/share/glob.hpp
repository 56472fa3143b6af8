// A pattern of a path as .gitignore(5) writes them: `*` and `?` stop at a '/', `**` between slashes does not,
// `[…]` is one byte of a set, `\` takes the next byte as it is. Matching costs at most pattern times path,
// whatever both say.
#pragma once
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace mesh::share {

class glob {
 public:
  explicit glob(std::string_view pattern);

  // The whole path, byte by byte, as git does it. A pattern that is not well formed ("[a", "a\") matches
  // nothing.
  bool matches(std::string_view path) const;

 private:
  // fork: takes nothing; the deep star and the '/' behind it may be left out.
  enum class kind : std::uint8_t { byte, any, set, star, deep_star, fork };
  // which: of a set.
  struct token {
    kind what = kind::byte;
    unsigned char value = 0;
    std::size_t which = 0;
  };
  using byte_set = std::bitset<256>;
  class states;

  std::size_t read_stars(std::string_view pattern, std::size_t at);
  // The position behind the ']'; npos when there is none.
  std::size_t read_set(std::string_view pattern, std::size_t at);
  bool takes(const token& t, unsigned char c) const;

  std::vector<token> tokens_;
  std::vector<byte_set> sets_;
  bool broken_ = false;
};

}  // namespace mesh::share
