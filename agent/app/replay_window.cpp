#include "agent/app/replay_window.hpp"

#include "core/base/escape.hpp"
#include "core/base/limits.hpp"
#include "core/text/catalogue.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <string_view>
#include <unistd.h>

#include <fmt/format.h>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;
using text::tr;

constexpr auto step = 5s;  // of the arrow keys
constexpr auto frame = 33ms;
constexpr double speed_min = 0.125, speed_max = 64;

std::string clock_text(replay_window::time at) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(at).count();
  return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
}

}  // namespace

result<std::unique_ptr<replay_window>> replay_window::make(own_window& window, terminal::cast recorded,
                                                           time from, double speed) {
  auto shown = terminal::screen::make(recorded.size, limits::terminal_scrollback_lines_max);
  if (!shown) return pass(shown);
  return std::unique_ptr<replay_window>(
      new replay_window(window, std::move(recorded), from, speed, std::move(*shown)));
}

replay_window::replay_window(own_window& window, terminal::cast recorded, time from, double speed,
                             std::unique_ptr<terminal::screen> shown)
    : window_(window),
      recorded_(std::move(recorded)),
      shown_(std::move(shown)),
      painter_(window.size()),
      speed_(std::clamp(speed, speed_min, speed_max)) {
  seek(from);
}

replay_window::time replay_window::now() const {
  if (paused_) return from_;
  const auto passed = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - since_);
  return from_ + time(static_cast<time::rep>(passed.count() * speed_));
}

// A grid only goes forward: what lies behind is played anew.
void replay_window::seek(time to) {
  const auto end = recorded_.events.empty() ? time{} : recorded_.events.back().at;
  from_ = std::clamp(to, time{}, end);
  since_ = std::chrono::steady_clock::now();
  const bool back = next_ > 0 && recorded_.events[next_ - 1].at > from_;
  if (back) {
    shown_->write(
        as_bytes("\x1b"
                 "c"));
    shown_->resize(recorded_.size);
    next_ = 0;
    said_.clear();
  }
  play_until(from_);
}

void replay_window::play_until(time to) {
  for (; next_ < recorded_.events.size() && recorded_.events[next_].at <= to; ++next_) {
    const auto& event = recorded_.events[next_];
    if (event.kind == terminal::cast_kind::output) shown_->write(as_bytes(event.text));
    if (event.kind == terminal::cast_kind::resize) shown_->resize(event.size);
    if (event.kind == terminal::cast_kind::marker) said_ = escape_controls(event.text);
  }
}

void replay_window::run() {
  write_fully(STDOUT_FILENO, "\x1b[?1049h\x1b[H\x1b[2J");
  while (true) {
    play_until(now());
    write_fully(STDOUT_FILENO, painter_.paint(*shown_, 0, status_line()));
    std::array<pollfd, 2> waiting{{{STDIN_FILENO, POLLIN, 0}, {window_.woken(), POLLIN, 0}}};
    const bool still = paused_ || next_ == recorded_.events.size();
    if (::poll(waiting.data(), waiting.size(), still ? -1 : static_cast<int>(frame / 1ms)) < 0 &&
        errno != EINTR)
      break;
    if ((waiting[0].revents & (POLLIN | POLLHUP)) != 0 && !take_keys()) break;
    if (waiting[1].revents != 0) {
      window_.take_wakes();
      painter_.resize(window_.size());
    }
  }
  write_fully(STDOUT_FILENO, "\x1b[?25h\x1b[0m\x1b[?1049l");
}

// False when the person leaves.
bool replay_window::take_keys() {
  std::array<char, 256> buffer;
  const auto count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
  if (count <= 0) return count < 0 && errno == EINTR;
  const std::string_view keys(buffer.data(), static_cast<std::size_t>(count));
  const auto at = now();
  if (keys == "\x1b[C" || keys == "\x1bOC") {
    seek(at + step);
  } else if (keys == "\x1b[D" || keys == "\x1bOD") {
    seek(at - step);
  } else if (keys == " ") {
    from_ = at;
    since_ = std::chrono::steady_clock::now();
    paused_ = !paused_;
  } else if (keys == "+") {
    set_speed(speed_ * 2);
  } else if (keys == "-") {
    set_speed(speed_ / 2);
  } else {
    return !keys.contains('q') && !keys.contains('\x03');
  }
  return true;
}

void replay_window::set_speed(double speed) {
  from_ = now();
  since_ = std::chrono::steady_clock::now();
  speed_ = std::clamp(speed, speed_min, speed_max);
}

std::string replay_window::status_line() const {
  const auto end = recorded_.events.empty() ? time{} : recorded_.events.back().at;
  const bool over = next_ == recorded_.events.size();
  return tr("terminal.replay", clock_text(std::min(now(), end)), clock_text(end),
            fmt::format("{:g}", speed_)) +
         (over      ? "  " + tr("terminal.replay.end")
          : paused_ ? "  " + tr("terminal.replay.paused")
                    : "") +
         (said_.empty() ? "" : "  " + said_);
}

}  // namespace mesh::app
