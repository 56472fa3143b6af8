#include "agent/terminal/word_finder.hpp"

#include <deque>

namespace mesh::terminal {
namespace {

constexpr unsigned char small(char letter) {
  return static_cast<unsigned char>(letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : letter);
}

}  // namespace

word_finder::word_finder(std::span<const std::string_view> words) {
  for (const auto word : words)
    for (const char letter : word)
      if (auto& number = letter_of_[small(letter)]; number == 0)
        number = static_cast<std::uint8_t>(letters_++);
  for (char letter = 'A'; letter <= 'Z'; ++letter)
    letter_of_[static_cast<unsigned char>(letter)] = letter_of_[small(letter)];
  add_state();
  for (std::size_t i = 0; i < words.size(); ++i) spell(static_cast<std::uint16_t>(i), words[i]);
  link();
}

std::size_t word_finder::add_state() {
  table_.resize(table_.size() + letters_, 0);
  found_.emplace_back();
  return found_.size() - 1;
}

void word_finder::spell(std::uint16_t number, std::string_view word) {
  std::size_t at = 0;
  for (const char letter : word) {
    const auto place = at * letters_ + letter_of_[small(letter)];
    if (table_[place] == 0) {
      const auto fresh = add_state();
      table_[place] = static_cast<state>(fresh);
    }
    at = table_[place];
  }
  found_[at].push_back(number);
}

// Where a word breaks off, goes on with the longest beginning of a word that the text ends with.
void word_finder::link() {
  std::vector<state> back(found_.size(), 0);
  std::deque<state> waiting;
  for (std::size_t letter = 0; letter < letters_; ++letter)
    if (table_[letter] != 0) waiting.push_back(table_[letter]);
  while (!waiting.empty()) {
    const auto at = waiting.front();
    waiting.pop_front();
    const auto& shorter = found_[back[at]];
    found_[at].insert(found_[at].end(), shorter.begin(), shorter.end());
    for (std::size_t letter = 0; letter < letters_; ++letter) {
      auto& to = table_[at * letters_ + letter];
      const auto other = table_[back[at] * letters_ + letter];
      if (to == 0) {
        to = other;
      } else {
        back[to] = other;
        waiting.push_back(to);
      }
    }
  }
}

}  // namespace mesh::terminal
