#include "agent/terminal/mode_tracker.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace mesh::terminal {
namespace {

constexpr char escape_byte = '\x1b';
constexpr char cancel = '\x18';
constexpr char substitute = '\x1a';
constexpr char bell = '\a';
// Titles and links are far shorter; libvterm would keep any length.
constexpr std::size_t string_bytes_max = 64UZ * 1024;
constexpr std::size_t title_bytes_max = 1024;
constexpr std::size_t link_bytes_max = 2048;
// A sequence without its end.
constexpr std::size_t sequence_bytes_max = 256;

bool is_final(char c) {
  return c >= '@' && c <= '~';
}
bool is_intermediate(char c) {
  return c >= ' ' && c <= '/';
}
bool is_alternate(int mode) {
  return mode == 47 || mode == 1047 || mode == 1049;
}

// The numbers of a control sequence: "\x1b[?25;1049" -> 25, 1049. -1 where none is written.
std::vector<int> numbers(std::string_view sequence) {
  sequence.remove_prefix(std::min<std::size_t>(2, sequence.size()));
  while (!sequence.empty() && sequence.front() >= '<' && sequence.front() <= '?') sequence.remove_prefix(1);
  while (!sequence.empty() && is_intermediate(sequence.back())) sequence.remove_suffix(1);
  std::vector<int> out;
  while (true) {
    const auto end = std::min(sequence.find(';'), sequence.size());
    int value = -1;
    (void)std::from_chars(sequence.data(), sequence.data() + end, value);
    out.push_back(value);
    if (end == sequence.size()) return out;
    sequence.remove_prefix(end + 1);
  }
}

}  // namespace

bool mode_tracker::enters_alternate_with(char next) const {
  if (state_ != state::csi || next != 'h' || modes_.alternate || !pending_.starts_with("\x1b[?"))
    return false;
  return std::ranges::any_of(numbers(pending_), is_alternate);
}

bool mode_tracker::saves_cursor_with(char next) const {
  if (state_ == state::escape) return next == '7';
  if (state_ != state::csi || next != 'h' || !pending_.starts_with("\x1b[?")) return false;
  return std::ranges::any_of(numbers(pending_), [](int mode) { return mode == 1048 || mode == 1049; });
}

void mode_tracker::begin(state next, char c) {
  state_ = next;
  pending_.push_back(c);
}

void mode_tracker::end() noexcept {
  state_ = state::ground;
  pending_.clear();
  character_left_ = 0;
  string_bytes_ = 0;
  overlong_ = false;
}

mode_tracker::effect mode_tracker::feed(char c) {
  const bool in_string = state_ == state::string || state_ == state::string_escape;
  if (state_ != state::ground && (c == cancel || c == substitute)) {
    end();
    return effect::none;
  }
  if (c == escape_byte && !in_string) {
    end();
    begin(state::escape, c);
    return effect::none;
  }
  switch (state_) {
    case state::ground:
      feed_ground(c);
      break;
    case state::escape:
    case state::escape_more:
      return feed_escape(c);
    case state::csi:
      return feed_csi(c);
    case state::string:
    case state::string_escape:
      return feed_string(c);
  }
  return effect::none;
}

void mode_tracker::feed_ground(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x80) {
    if (character_left_ > 0) end();
    if (c == '\x0e') modes_.shifted_out = true;
    if (c == '\x0f') modes_.shifted_out = false;
    return;
  }
  if (byte >= 0xC0) {
    pending_.assign(1, c);
    character_left_ = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : 1;
  } else if (character_left_ > 0) {
    pending_.push_back(c);
    if (--character_left_ == 0) pending_.clear();
  }
}

mode_tracker::effect mode_tracker::feed_escape(char c) {
  if (state_ == state::escape && (c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_')) {
    begin(state::string, c);
    return effect::none;
  }
  if (state_ == state::escape && c == '[') {
    begin(state::csi, c);
    return effect::none;
  }
  if (is_intermediate(c) && pending_.size() < sequence_bytes_max) {
    begin(state::escape_more, c);
    return effect::none;
  }
  if (static_cast<unsigned char>(c) < ' ') return effect::none;
  const auto sequence = pending_;
  end();
  if (sequence == "\x1b(") modes_.g0 = c;
  if (sequence == "\x1b)") modes_.g1 = c;
  if (sequence.size() > 1) return effect::none;
  if (c == '=') modes_.application_keypad = true;
  if (c == '>') modes_.application_keypad = false;
  return c == 'c' ? reset() : effect::none;
}

mode_tracker::effect mode_tracker::feed_csi(char c) {
  if (static_cast<unsigned char>(c) < ' ') return effect::none;  // carried out at once, in the midst of it
  if (!is_final(c)) {
    if (pending_.size() >= sequence_bytes_max || static_cast<unsigned char>(c) >= 0x7F)
      end();
    else
      pending_.push_back(c);
    return effect::none;
  }
  const auto did = finish_csi(c);
  end();
  return did;
}

mode_tracker::effect mode_tracker::finish_csi(char final) {
  if (final == 'h' || final == 'l') {
    if (pending_.starts_with("\x1b[?"))
      set_private_modes(final == 'h');
    else
      set_modes(final == 'h');
  } else if (final == 'r' && !pending_.starts_with("\x1b[?")) {
    const auto arguments = numbers(pending_);
    modes_.region_top = std::max(arguments.front(), 0);
    modes_.region_bottom = arguments.size() > 1 ? std::max(arguments[1], 0) : 0;
    if (modes_.region_bottom == 0) return effect::region_reset;
  } else if (final == 'q' && pending_.ends_with(' ')) {
    modes_.cursor_shape = std::clamp(numbers(pending_).front(), 0, 6);
  } else if (final == 'p' && pending_.ends_with('!')) {
    auto title = std::move(modes_.title);
    const bool alternate = modes_.alternate;
    modes_ = {};
    modes_.title = std::move(title);
    modes_.alternate = alternate;
    return effect::region_reset;
  }
  return effect::none;
}

void mode_tracker::set_private_modes(bool on) {
  for (const int mode : numbers(pending_)) {
    if (mode == 1) modes_.application_cursor = on;
    if (mode == 5) modes_.reverse = on;
    if (mode == 6) modes_.origin = on;
    if (mode == 7) modes_.autowrap = on;
    if (mode == 25) modes_.cursor_visible = on;
    if (mode == 66) modes_.application_keypad = on;
    if (mode == 1004) modes_.focus_events = on;
    if (mode == 2004) modes_.bracketed_paste = on;
    if (mode == 9 || mode == 1000 || mode == 1002 || mode == 1003) modes_.mouse = on ? mode : 0;
    if (mode == 1005 || mode == 1006 || mode == 1015 || mode == 1016) modes_.mouse_encoding = on ? mode : 0;
    if (is_alternate(mode)) modes_.alternate = on;
  }
}

void mode_tracker::set_modes(bool on) {
  const auto arguments = numbers(pending_);
  if (std::ranges::find(arguments, 4) != arguments.end()) modes_.insert = on;
}

mode_tracker::effect mode_tracker::feed_string(char c) {
  const bool osc = pending_.size() > 1 && pending_[1] == ']';
  const bool after_escape = state_ == state::string_escape;
  if ((osc && c == bell) || (after_escape && c == '\\')) {
    if (after_escape && pending_.ends_with(escape_byte)) pending_.pop_back();
    const auto did = finish_string();
    end();
    return did;
  }
  state_ = c == escape_byte ? state::string_escape : state::string;
  if (++string_bytes_ > string_bytes_max)
    overlong_ = true;
  else
    pending_.push_back(c);
  return effect::none;
}

mode_tracker::effect mode_tracker::finish_string() {
  if (overlong_) return effect::none;
  if (pending_.starts_with("\x1b]0;") || pending_.starts_with("\x1b]2;"))
    modes_.title = pending_.substr(4, title_bytes_max);
  if (!pending_.starts_with("\x1b]8;")) return effect::none;
  auto link = pending_.substr(4);
  // Without an address it ends; what is no address is none.
  const auto address = link.find(';');
  const bool good = address != std::string::npos && address + 1 < link.size() &&
                    link.size() <= link_bytes_max &&
                    std::ranges::all_of(link, [](char c) { return c > ' ' && c < '\x7f'; });
  if (!good) link.clear();
  modes_.link = std::move(link);
  return effect::link;
}

mode_tracker::effect mode_tracker::reset() {
  modes_ = {};
  return effect::reset;
}

}  // namespace mesh::terminal
