// Hides secrets in the output of a terminal before it leaves the machine: letter by letter, so that nothing
// is held back, every letter keeps its place, and no part of a secret is shown because it came in two pieces.
// Sans I/O.
#pragma once
#include "agent/terminal/mask_pattern.hpp"
#include "agent/terminal/word_finder.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::terminal {

class secret_mask {
 public:
  explicit secret_mask(std::vector<mask_pattern> patterns);

  // What may leave in the place of these bytes. Escape sequences pass as they are, but for the text of window
  // titles.
  std::string hide(std::string_view output);
  // How many secrets were hidden so far.
  std::uint64_t hidden() const noexcept { return hidden_; }

 private:
  // Where one stretch of text stands; a window title has its own.
  struct reader {
    word_finder::state at = 0;
    const mask_pattern* open = nullptr;  // the secret that goes on
    bool begun = false;                  // of it something was hidden
    int passed = 0;                      // letters of it that were shown
    char quote = 0;
    bool wrapping = false;  // a blank came that may only be the end of a line on the screen
    bool rubbing = false;   // the letter before was a backspace
    bool wide = false;      // within a letter of several bytes that is hidden
    std::uint64_t block_letters = 0;
    int dashes = 0;
    std::array<char, 512> recent{};
    std::size_t count = 0;
  };
  enum class sequence : std::uint8_t { none, escape, csi, string, string_escape, intermediate };

  void text(reader& r, char c, std::string& out);
  void search(reader& r, char c);
  void control(reader& r, char c);
  bool hides(reader& r, char c, std::string& out);
  bool hides_token(reader& r, char c, std::string& out);
  bool hides_value(reader& r, char c, std::string& out);
  bool hides_block(reader& r, char c, std::string& out);
  void star(reader& r, char c, std::string& out);
  static void end(reader& r);
  void follow_sequence(char c);

  std::vector<mask_pattern> patterns_;
  std::unique_ptr<word_finder> finder_;
  reader screen_;
  reader title_;
  sequence sequence_ = sequence::none;
  std::string opening_;  // of a string: what tells a title
  bool in_title_ = false;
  std::uint64_t hidden_ = 0;
};

}  // namespace mesh::terminal
