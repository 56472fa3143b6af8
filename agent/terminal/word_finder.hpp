// Finds many words in a text at once (Aho and Corasick, 1975): one step of a table a letter, whatever the
// words are.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace mesh::terminal {

// Letters of A to Z count as small ones, in the words and in the text.
class word_finder {
 public:
  using state = std::uint16_t;

  explicit word_finder(std::span<const std::string_view> words);

  // From 0 at the beginning.
  state next(state from, char letter) const noexcept {
    return table_[from * letters_ + letter_of_[static_cast<unsigned char>(letter)]];
  }
  // The words that end here, by their numbers, the longest first.
  std::span<const std::uint16_t> found(state at) const noexcept { return found_[at]; }

 private:
  std::size_t add_state();
  void spell(std::uint16_t number, std::string_view word);
  void link();

  std::array<std::uint8_t, 256> letter_of_{};  // 0: in no word
  std::size_t letters_ = 1;
  std::vector<state> table_;
  std::vector<std::vector<std::uint16_t>> found_;
};

}  // namespace mesh::terminal
