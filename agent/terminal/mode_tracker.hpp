// Reads the bytes of a program as a terminal does (ECMA-48, and xterm's control sequences) for what libvterm
// keeps to itself: modes, scroll region, title, and whether a sequence is under way. Sans I/O.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace mesh::terminal {

// What programs switch on and off. Numbers are those of xterm.
struct terminal_modes {
  bool application_cursor = false;  // DECCKM, ?1
  bool application_keypad = false;  // DECKPAM
  bool origin = false;              // DECOM, ?6
  bool autowrap = true;             // DECAWM, ?7
  bool insert = false;              // IRM, 4
  bool cursor_visible = true;       // DECTCEM, ?25
  bool reverse = false;             // DECSCNM, ?5
  bool bracketed_paste = false;     // ?2004
  bool focus_events = false;        // ?1004
  bool alternate = false;           // ?47, ?1047, ?1049
  int mouse = 0;                    // 9, 1000, 1002, 1003
  int mouse_encoding = 0;           // 1005, 1006, 1015, 1016
  int cursor_shape = 0;             // DECSCUSR
  int region_top = 0;               // DECSTBM, from 1; 0: the whole screen
  int region_bottom = 0;
  bool shifted_out = false;  // SO: G1 is in use
  char g0 = 'B';
  char g1 = 'B';
  std::string title;
  std::string link;  // OSC 8, "PARAMETERS;ADDRESS" of what is written from here on

  bool operator==(const terminal_modes&) const = default;
};

class mode_tracker {
 public:
  // What the byte just read did.
  enum class effect : std::uint8_t { none, reset, region_reset, link };

  // True when the next byte completes a sequence that switches to the alternate screen.
  bool enters_alternate_with(char next) const;
  // The same for one that keeps the place of the cursor (DECSC and those that do it too).
  bool saves_cursor_with(char next) const;
  effect feed(char c);

  const terminal_modes& modes() const noexcept { return modes_; }
  // The screen got another size: the scroll region is gone.
  void resized() noexcept { modes_.region_top = modes_.region_bottom = 0; }

  // No control sequence and no character is under way.
  bool at_rest() const noexcept { return state_ == state::ground && character_left_ == 0; }
  // The beginning of what is under way, as far as it is worth repeating.
  std::string_view pending() const noexcept { return pending_; }
  // A string (OSC, DCS ...) has become longer than any program needs. Its bytes are to be dropped.
  bool overlong() const noexcept { return overlong_; }

 private:
  enum class state : std::uint8_t { ground, escape, escape_more, csi, string, string_escape };

  void begin(state next, char c);
  void end() noexcept;
  void feed_ground(char c);
  effect feed_escape(char c);
  effect feed_csi(char c);
  effect feed_string(char c);
  effect finish_csi(char final);
  void set_private_modes(bool on);
  void set_modes(bool on);
  effect finish_string();
  effect reset();

  terminal_modes modes_;
  state state_ = state::ground;
  std::string pending_;
  std::size_t string_bytes_ = 0;
  int character_left_ = 0;  // bytes of a UTF-8 character that are still to come
  bool overlong_ = false;
};

}  // namespace mesh::terminal
