#include "agent/terminal/echo_predictor.hpp"

#include "agent/terminal/row_text.hpp"

#include <algorithm>

namespace mesh::terminal {
namespace {

// Below, an echo is as quick as the eye; a way that is slow stays so until it is clearly quicker (as in
// Mosh).
constexpr auto slow_from = std::chrono::milliseconds(30);
constexpr auto slow_until = std::chrono::milliseconds(20);
// A paste is no typing.
constexpr std::size_t steps_max = 64;
// Letters in a row that are no accident: the end of a prompt may look like one.
constexpr std::size_t adopted_least = 2;

constexpr char32_t no_letter = 0;

// The first character of text, which loses it. no_letter for what is no whole, printable character of one
// column.
char32_t take_letter(std::string_view& text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = at(0);
  const std::size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
  if (bytes > text.size() || (bytes == 1 && first >= 0x80)) {
    text = {};
    return no_letter;
  }
  char32_t code = bytes == 1 ? first : first & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) code = (code << 6) | (at(i) & 0x3FU);
  text.remove_prefix(bytes);
  return code >= 0x20 && (code < 0x7F || code >= 0xA0) && columns_of(code) == 1 ? code : no_letter;
}

bool blank_from(const echo_view& seen, int col) {
  const auto from = static_cast<std::size_t>(std::max(col, 0));
  return from >= seen.letters.size() || seen.letters.find_first_not_of(U' ', from) == std::u32string::npos;
}

}  // namespace

echo_view echo_view_of(const screen& shown) {
  const auto cursor = shown.cursor();
  return {shown.size(), cursor, shown.modes().alternate, shown.letters(cursor.row)};
}

void echo_predictor::round_trip(milliseconds time) {
  time_ = time;
  slow_ = time >= (slow_ ? slow_until : slow_from);
}

void echo_predictor::reset() {
  lose();
  strays_.clear();
  unknown_.reset();
}

void echo_predictor::lose() {
  running_ = trusted_ = closing_ = false;
  text_.clear();
  steps_.clear();
}

void echo_predictor::begin(const echo_view& seen) {
  lose();
  running_ = true;
  alternate_ = seen.alternate;
  size_ = seen.size;
  row_ = seen.cursor.row;
  base_ = seen.cursor.col;
}

// What was foreseen before may still come.
void echo_predictor::foresee_nothing(steady_time now) {
  closing_ = running_;
  if (steps_.empty()) lose();
  strays_.clear();
  unknown_ = now;
}

void echo_predictor::typed(std::string_view keys, const echo_view& seen, steady_time now) {
  while (!keys.empty()) {
    const bool back = keys.front() == '\x7f' || keys.front() == '\b';
    if (back && running_ && !closing_ && steps_.size() < steps_max) {
      auto text = steps_.empty() ? text_ : steps_.back().text;
      // What stood there before this run is not ours to take away.
      if (text.empty()) return foresee_nothing(now);
      text.pop_back();
      steps_.push_back({std::move(text), now});
      keys.remove_prefix(1);
      continue;
    }
    const auto letter = take_letter(keys);
    // The rest of it belongs to a key, as likely as not.
    if (letter == no_letter) return foresee_nothing(now);
    if (!type(letter, seen, now)) {
      if (steps_.empty()) lose();
      strays_.push_back({letter, now});
      if (strays_.size() > steps_max) strays_.pop_front();
      unknown_ = now;
    }
  }
}

// False when nobody knows where it will stand.
bool echo_predictor::type(char32_t letter, const echo_view& seen, steady_time now) {
  if (closing_) return false;
  if (running_ && steps_.empty() && !fits(text_, seen)) lose();
  if (!running_) {
    if (unknown_ && now < *unknown_ + settling()) return false;
    strays_.clear();
    begin(seen);
  }
  auto text = steps_.empty() ? text_ : steps_.back().text;
  // Behind the last column programs do as they like; and before other text they may push it aside.
  const bool room = base_ + static_cast<int>(text.size()) + 1 < size_.cols;
  const bool free = blank_from(seen, seen.cursor.col);
  if (!room || !free || steps_.size() >= steps_max) {
    closing_ = true;
    return false;
  }
  text.push_back(letter);
  steps_.push_back({std::move(text), now});
  return true;
}

bool echo_predictor::fits(const std::u32string& text, const echo_view& seen) const {
  const auto from = static_cast<std::size_t>(base_);
  return seen.size == size_ && seen.alternate == alternate_ && seen.cursor.row == row_ &&
         seen.cursor.col == base_ + static_cast<int>(text.size()) &&
         seen.letters.size() >= from + text.size() &&
         std::u32string_view(seen.letters).substr(from, text.size()) == text;
}

void echo_predictor::shown(const echo_view& seen, steady_time now) {
  if (!running_) {
    adopt(seen, now);
    return;
  }
  // Letters that are taken away again look the same before and after: the newest that can have come, or else
  // the oldest, when it is sooner than the way was long.
  const auto fitting = [&](const step& s) { return fits(s.text, seen); };
  const auto come = std::ranges::find_if(steps_.rbegin(), steps_.rend(), [&](const step& s) {
    return s.typed + time_ / 2 <= now && fitting(s);
  });
  const auto at = come != steps_.rend() ? std::prev(come.base()) : std::ranges::find_if(steps_, fitting);
  if (at != steps_.end()) {
    text_ = at->text;
    trusted_ = true;
    steps_.erase(steps_.begin(), std::next(at));
    if (closing_ && steps_.empty()) lose();
    return;
  }
  if (fits(text_, seen)) return;
  if (!steps_.empty()) unknown_ = std::max(unknown_.value_or(steps_.back().typed), steps_.back().typed);
  lose();
  adopt(seen, now);
}

// Letters typed while nobody knew where they would stand: there they are, right before the cursor.
bool echo_predictor::adopt(const echo_view& seen, steady_time now) {
  while (!strays_.empty() && now > strays_.front().typed + patience()) strays_.pop_front();
  const auto col = static_cast<std::size_t>(std::max(seen.cursor.col, 0));
  if (col > seen.letters.size() || !blank_from(seen, seen.cursor.col)) return false;
  std::u32string all;
  for (const auto& one : strays_) all.push_back(one.letter);
  for (auto count = std::min(all.size(), col); count >= adopted_least; --count) {
    const bool come = strays_[count - 1].typed + time_ / 2 <= now;
    if (!come || seen.letters.compare(col - count, count, all, 0, count) != 0) continue;
    begin(seen);
    trusted_ = true;
    base_ = static_cast<int>(col - count);
    text_ = all.substr(0, count);
    for (auto i = count; i < all.size(); ++i)
      if (base_ + static_cast<int>(i) + 1 < size_.cols)
        steps_.push_back({all.substr(0, i + 1), strays_[i].typed});
    strays_.clear();
    unknown_.reset();
    return true;
  }
  return false;
}

void echo_predictor::tick(steady_time now) {
  const auto end = deadline();
  if (!end || now < *end) return;
  unknown_ = steps_.back().typed;
  lose();
}

std::optional<steady_time> echo_predictor::deadline() const {
  if (steps_.empty()) return std::nullopt;
  return steps_.front().typed + patience();
}

std::optional<echo_guess> echo_predictor::guess() const {
  if (!slow_ || !trusted_ || steps_.empty()) return std::nullopt;
  const auto& text = steps_.back().text;
  const auto same = std::ranges::mismatch(text, text_).in1 - text.begin();
  return echo_guess{row_, base_ + static_cast<int>(same), text.substr(static_cast<std::size_t>(same))};
}

}  // namespace mesh::terminal
