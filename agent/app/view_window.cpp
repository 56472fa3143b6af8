#include "agent/app/view_window.hpp"

#include "agent/app/window_event.hpp"
#include "core/base/escape.hpp"
#include "core/base/limits.hpp"
#include "core/text/catalogue.hpp"
#include "core/text/error_texts.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <unistd.h>

#include <fmt/format.h>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;
using text::tr;

constexpr auto frame = 16ms;

// ECMA-48, as terminals send them.
constexpr std::string_view page_up = "\x1b[5~";
constexpr std::string_view page_down = "\x1b[6~";
constexpr std::string_view line_up = "\x1b[A";
constexpr std::string_view line_down = "\x1b[B";
constexpr std::string_view to_first = "\x1b[H";

}  // namespace

result<std::unique_ptr<view_window>> view_window::make(const window_socket& socket, own_window& window,
                                                       tell to) {
  auto shown = terminal::screen::make({80, 24}, limits::terminal_scrollback_lines_max);
  if (!shown) return pass(shown);
  return std::unique_ptr<view_window>(new view_window(socket, window, std::move(to), std::move(*shown)));
}

view_window::view_window(const window_socket& socket, own_window& window, tell to,
                         std::unique_ptr<terminal::screen> shown)
    : socket_(socket),
      window_(window),
      tell_(std::move(to)),
      shown_(std::move(shown)),
      painter_(window.size()) {}

void view_window::show(std::string_view event, const wire::json_object& payload) {
  const std::scoped_lock lock(guard_);
  if (event == "state") {
    const auto before = size_;
    size_ = size_of(payload);
    name_ = shown_text_of(payload, "name");
    sharer_ = shown_text_of(payload, "username");
    if (sharer_.empty()) sharer_ = shown_text_of(payload, "device_id");
    controller_.reset();
    if (payload.contains("controller")) controller_ = shown_text_of(payload, "controller");
    const bool had = std::exchange(control_, truth_of(payload, "control"));
    if (control_ && !had) note_.clear();
    may_control_ = truth_of(payload, "may_control");
    const auto asked = std::exchange(asked_, size_of(payload, "asked"));
    if (asked && !asked_ && size_ == before) note_ = tr("terminal.view.size_kept");
    if (size_ != before && note_ == tr("terminal.view.size_kept")) note_.clear();
    hidden_ = truth_of(payload, "hidden");
    own_ = truth_of(payload, "own");
    if (own_) show_own(payload);
    recorded_ = truth_of(payload, "recorded");
    if (payload.contains("rtt_ms")) round_trip_ms_ = number_of(payload, "rtt_ms");
  } else if (event == "denied") {
    note_ = tr("terminal.view.denied");
  } else if (event == "revoked") {
    note_ = tr("terminal.view.revoked");
  } else if (event == "refused") {
    note_ = text::describe({code_of(shown_text_of(payload, "code")), {}, {}});
  } else if (event == "suggested") {
    suggested_.emplace(text_of(payload, "viewer"), text_of(payload, "text"));
  } else if (event == "taken_over") {
    stopped_ = true;
  }
  changed_ = true;
  own_window::wake();
}

void view_window::show_own(const wire::json_object& payload) {
  watching_ = shown_names(payload.at("watching"));
  keyboard_asked_.reset();
  if (const auto& asked = payload.at("asked").as_array(); !asked.empty())
    keyboard_asked_ = shown_text_of(asked.front().as_object(), "viewer");
  size_asked_.reset();
  if (const auto& sizes = payload.at("sizes").as_array(); !sizes.empty())
    size_asked_.emplace(shown_text_of(sizes.front().as_object(), "viewer"),
                        size_of(sizes.front().as_object()));
}

void view_window::stop() {
  stopped_ = true;
  own_window::wake();
}

void view_window::run() {
  // The other screen, so that the person's own comes back as it was.
  write_fully(STDOUT_FILENO, "\x1b[?1049h\x1b[2J");
  while (!stopped_) {
    std::array<pollfd, 3> waiting{{{agent_ ? agent_.get() : socket_.descriptor(), POLLIN, 0},
                                   {STDIN_FILENO, POLLIN, 0},
                                   {window_.woken(), POLLIN, 0}}};
    const auto since = std::chrono::steady_clock::now() - painted_;
    const bool due = changed_ && since >= frame;
    if (due) paint();
    if (::poll(waiting.data(), waiting.size(), patience()) < 0 && errno != EINTR) break;
    if ((waiting[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
      if (!agent_)
        agent_ = socket_.accept();
      else if (!take_output())
        break;
    }
    if ((waiting[1].revents & (POLLIN | POLLHUP)) != 0 && !take_keys()) break;
    if (waiting[2].revents != 0) {
      window_.take_wakes();
      follow_size();
    }
    if (const auto end = echo_.deadline(); end && *end <= steady_now()) {
      echo_.tick(steady_now());
      changed_ = true;
    }
  }
  paint();
  write_fully(STDOUT_FILENO, "\x1b[?1l\x1b>\x1b[?2004l\x1b[?25h\x1b[0m\x1b[?1049l");
  agent_.reset();
}

// Until there is something to paint without anything happening; for poll().
int view_window::patience() const {
  if (changed_) return static_cast<int>(frame / 1ms);
  const auto end = echo_.deadline();
  if (!end) return -1;
  return static_cast<int>(std::max((*end - steady_now()) / 1ms, 0L)) + 1;
}

bool view_window::take_output() {
  std::array<std::byte, 64UZ * 1024> buffer;
  const auto count = ::read(agent_.get(), buffer.data(), buffer.size());
  if (count <= 0) return count < 0 && errno == EINTR;
  follow_size();
  shown_->write(bytes_view(buffer).first(static_cast<std::size_t>(count)));
  if (controls() && shown_->at_rest()) echo_.shown(terminal::echo_view_of(*shown_), steady_now());
  changed_ = true;
  return true;
}

void view_window::follow_size() {
  painter_.resize(window_.size());
  changed_ = true;
  terminal::terminal_size wanted;
  {
    const std::scoped_lock lock(guard_);
    wanted = size_;
  }
  if (valid(wanted)) shown_->resize(wanted);
}

// False when the person leaves.
bool view_window::take_keys() {
  std::array<char, 4096> buffer;
  const auto count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
  if (count <= 0) return count < 0 && errno == EINTR;
  const std::string_view all(buffer.data(), static_cast<std::size_t>(count));
  const bool control = controls();
  std::string keys;
  for (const char key : all) {
    if (commanding_ || key == command_key || suggesting_) {
      if (!press(key)) return false;
      changed_ = true;
      continue;
    }
    keys += key;
  }
  if (keys.empty()) return true;
  // A key that goes there changes nothing here but what is foreseen: its echo is what is painted, and at
  // once.
  if (control && agent_) {
    foresee(keys);
    write_fully(agent_.get(), keys);
  } else {
    scroll(keys);
    changed_ = true;
  }
  return true;
}

// The keyboard is here; what is foreseen is so for as long as that lasts.
bool view_window::controls() {
  const std::scoped_lock lock(guard_);
  if (!control_) echo_.reset();
  echo_.round_trip(std::chrono::milliseconds(round_trip_ms_.value_or(0)));
  return control_;
}

void view_window::foresee(std::string_view keys) {
  echo_.typed(keys, terminal::echo_view_of(*shown_), steady_now());
  if (echo_.guess() != foreseen_) changed_ = true;
}

bool view_window::press(char key) {
  if (suggesting_) {
    if (key == '\r' || key == '\n') {
      if (!line_.empty()) tell_({{"action", "suggest"}, {"text", std::exchange(line_, {})}});
      suggesting_ = false;
    } else if (key == '\x7f' || key == '\b') {
      if (!line_.empty()) line_.pop_back();
    } else if (key == '\x1b' || key == command_key || key == '\x03') {
      suggesting_ = false;
      line_.clear();
    } else if (static_cast<unsigned char>(key) >= ' ' &&
               line_.size() < limits::terminal_suggestion_bytes_max) {
      line_ += key;
    }
    return true;
  }
  if (!commanding_ && take_back()) return true;
  if (!std::exchange(commanding_, !commanding_)) return true;
  if (key == 'd' || key == 'q') return false;
  if (key == command_key) {
    type_command_key();
    return true;
  }
  if (is_own()) {
    press_own(key);
    return true;
  }
  if (key == 'k') {
    const std::scoped_lock lock(guard_);
    note_ = tr("terminal.view.asked");
    tell_({{"action", "ask"}});
  }
  if (key == 'g') tell_({{"action", "release"}});
  if (key == 's') suggesting_ = true;
  if (key == 'z') {
    const auto own = window_.size();
    tell_({{"action", "fit"}, {"cols", own.cols}, {"rows", std::max(own.rows - 1, 1)}});
  }
  return true;
}

void view_window::type_command_key() {
  const std::scoped_lock lock(guard_);
  if (!control_ || !agent_) return;
  echo_.typed({&command_key, 1}, terminal::echo_view_of(*shown_), steady_now());
  write_fully(agent_.get(), {&command_key, 1});
}

bool view_window::is_own() {
  const std::scoped_lock lock(guard_);
  return own_;
}

// As in the window with the shell: while somebody else has the keyboard, the command key takes it back.
bool view_window::take_back() {
  const std::scoped_lock lock(guard_);
  if (!own_ || !controller_) return false;
  tell_({{"action", "revoke"}});
  return true;
}

// Leaving has the key that refuses in the window with the shell.
void view_window::press_own(char key) {
  const std::scoped_lock lock(guard_);
  const auto suggested = std::exchange(suggested_, std::nullopt);
  if (key == 'a') tell_({{"action", "allow"}});
  if (key == 'o') tell_({{"action", "once"}});
  if (key == 'n') tell_({{"action", !keyboard_asked_ && size_asked_ ? "keep" : "deny"}});
  if (key == 'h') tell_({{"action", hidden_ ? "show" : "hide"}});
  if (key == 'z') {
    const auto here = window_.size();
    const auto wanted =
        size_asked_ ? size_asked_->second : terminal::terminal_size{here.cols, std::max(here.rows - 1, 1)};
    tell_({{"action", "fit"}, {"cols", wanted.cols}, {"rows", wanted.rows}});
  }
  if (key == '\r' && suggested && agent_) write_fully(agent_.get(), suggested->second + "\r");
}

// Many keys may come at once, and one of them in two pieces.
void view_window::scroll(std::string_view keys) {
  static constexpr std::array known = {page_up, page_down, line_up, line_down, to_first};
  unread_keys_ += keys;
  while (!unread_keys_.empty()) {
    const auto found = std::ranges::find_if(known, [&](auto key) { return unread_keys_.starts_with(key); });
    if (found == known.end() &&
        std::ranges::any_of(known, [&](auto key) { return key.starts_with(unread_keys_); }))
      return;
    scroll_by(found == known.end() ? std::string_view() : *found);
    unread_keys_.erase(0, found == known.end() ? 1 : found->size());
  }
}

void view_window::scroll_by(std::string_view key) {
  const auto page = static_cast<std::size_t>(std::max(window_.size().rows - 2, 1));
  const auto most = painter_.scroll_max(*shown_);
  if (key == page_up)
    scrolled_ += page;
  else if (key == page_down)
    scrolled_ -= std::min(scrolled_, page);
  else if (key == line_up)
    ++scrolled_;
  else if (key == line_down)
    scrolled_ -= std::min<std::size_t>(scrolled_, 1);
  else if (key == to_first)
    scrolled_ = most;
  else
    scrolled_ = 0;  // any other key: back to where it happens
  scrolled_ = std::min(scrolled_, most);
}

// Keys must mean in this terminal what the programs over there take them for.
std::string view_window::mirrored_modes() {
  terminal::terminal_modes wanted;
  {
    const std::scoped_lock lock(guard_);
    if (control_) wanted = shown_->modes();
  }
  std::string out;
  const auto set = [&out](bool now, bool then, std::string_view on, std::string_view off) {
    if (now != then) out += now ? on : off;
  };
  set(wanted.application_cursor, mirrored_.application_cursor, "\x1b[?1h", "\x1b[?1l");
  set(wanted.application_keypad, mirrored_.application_keypad, "\x1b=", "\x1b>");
  set(wanted.bracketed_paste, mirrored_.bracketed_paste, "\x1b[?2004h", "\x1b[?2004l");
  mirrored_ = wanted;
  return out;
}

std::string view_window::status_line() {
  const std::scoped_lock lock(guard_);
  if (suggesting_) return tr("terminal.view.suggest", line_);
  if (commanding_ && own_) return tr("terminal.attach.commands");
  if (commanding_) return tr(may_control_ ? "terminal.view.commands" : "terminal.view.commands_look");
  if (own_) return own_status();
  const auto where = fmt::format("{}: {}", sharer_, name_);
  const auto delay = round_trip_ms_ ? fmt::format(" {} ms", *round_trip_ms_) : std::string();
  auto kept = recorded_ ? "  " + tr("terminal.view.recorded") : std::string();
  if (asked_) kept += "  " + tr("terminal.view.size_asked", asked_->cols, asked_->rows);
  if (hidden_) return tr("terminal.view.hidden", where) + kept;
  if (control_) return tr("terminal.view.control", where) + delay + kept;
  const auto who = controller_ ? tr("terminal.view.other", *controller_) : std::string();
  return tr("terminal.view.looking", where) + delay + kept + (who.empty() ? "" : "  " + who) +
         (note_.empty() ? "" : "  " + note_);
}

// guard_ is held.
std::string view_window::own_status() const {
  const auto kept = recorded_ ? "  " + tr("terminal.status.recorded") : std::string();
  if (suggested_)
    return tr("terminal.status.suggested", escape_controls(suggested_->first),
              escape_controls(suggested_->second));
  if (keyboard_asked_) return tr("terminal.attach.asked", *keyboard_asked_);
  if (hidden_) return tr("terminal.status.hidden", name_) + kept;
  if (controller_) return tr("terminal.status.controlled", name_, *controller_) + kept;
  if (size_asked_)
    return tr("terminal.attach.size_asked", size_asked_->first, size_asked_->second.cols,
              size_asked_->second.rows, size_.cols, size_.rows) +
           kept;
  const auto seen =
      watching_.empty() ? tr("terminal.status.nobody") : tr("terminal.status.watched", watching_);
  return tr("terminal.status.shared", name_, seen) + kept;
}

void view_window::paint() {
  changed_ = false;
  painted_ = std::chrono::steady_clock::now();
  scrolled_ = std::min(scrolled_, painter_.scroll_max(*shown_));
  foreseen_ = controls() ? echo_.guess() : std::nullopt;
  write_fully(STDOUT_FILENO, mirrored_modes() + painter_.paint(*shown_, scrolled_, status_line(), foreseen_));
}

}  // namespace mesh::app
