#include "agent/app/share_window.hpp"

#include "agent/app/window_event.hpp"
#include "agent/terminal/screen_painter.hpp"
#include "core/base/escape.hpp"
#include "core/text/plural.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <fmt/format.h>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;
using text::tr;

// The status line is painted once the shell pauses this long, and at the latest after a while.
constexpr auto quiet = 30ms;

}  // namespace

result<std::unique_ptr<share_window>> share_window::make(std::unique_ptr<terminal::pty> shell,
                                                         const window_socket& socket, own_window* window,
                                                         terminal::terminal_size size, bool fixed) {
  auto shown = terminal::screen::make(size, limits::terminal_scrollback_lines_max, terminal::keep_links::yes);
  if (!shown) return pass(shown);
  return std::unique_ptr<share_window>(
      new share_window(std::move(shell), socket, window, size, fixed, std::move(*shown)));
}

share_window::share_window(std::unique_ptr<terminal::pty> shell, const window_socket& socket,
                           own_window* window, terminal::terminal_size size, bool fixed,
                           std::unique_ptr<terminal::screen> shown)
    : shell_(std::move(shell)),
      socket_(socket),
      window_(window),
      size_(size),
      window_size_(window != nullptr ? window->size() : size),
      fixed_(fixed),
      shown_(std::move(shown)),
      woken_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void share_window::wake() {
  const std::uint64_t one = 1;
  (void)!::write(woken_.get(), &one, sizeof one);
}

void share_window::set_tell(tell to) {
  const std::scoped_lock lock(guard_);
  tell_ = std::move(to);
  changed_ = true;
  wake();
}

void share_window::show(std::string_view event, const wire::json_object& payload) {
  const std::scoped_lock lock(guard_);
  if (event == "ready") {
    name_ = text_of(payload, "name");
  } else if (event == "suggested") {
    suggested_.emplace(text_of(payload, "viewer"), text_of(payload, "text"));
  } else if (event == "fit") {
    fit_ = size_of(payload);
  } else if (event == "state") {
    watching_ = shown_names(payload.at("watching"));
    const auto& asked = payload.at("asked").as_array();
    asked_.reset();
    if (!asked.empty()) asked_ = shown_text_of(asked.front().as_object(), "viewer");
    size_asked_.reset();
    if (const auto& sizes = payload.at("sizes").as_array(); !sizes.empty()) {
      const auto& first = sizes.front().as_object();
      size_asked_ = {shown_text_of(first, "viewer"), size_of(first)};
    }
    controller_.reset();
    if (payload.contains("controller")) controller_ = shown_text_of(payload, "controller");
    hidden_ = payload.at("hidden").as_bool();
    note_.clear();
    if (truth_of(payload, "by_rule")) note_ += "  " + tr("terminal.status.by_rule");
    if (payload.at("recorded").as_bool()) note_ += "  " + tr("terminal.status.recorded");
    if (const auto masked = payload.at("masked").to_number<std::int64_t>(); masked > 0)
      note_ += "  " + text::tr_count("terminal.status.masked", static_cast<std::uint64_t>(masked));
  }
  changed_ = true;
  wake();
}

void share_window::stop() {
  window_gone_ = true;
  wake();
}

terminal::exit_status share_window::run() {
  if (window_ != nullptr) {
    write_fully(STDOUT_FILENO, "\x1b[H\x1b[2J" + with_region("\x1b[r"));
    follow_size();
  }
  while (true) {
    std::array<pollfd, 6> waiting{{{shell_->descriptor(), POLLIN, 0},
                                   {agent_ ? agent_.get() : socket_.descriptor(), POLLIN, 0},
                                   {window_ != nullptr ? STDIN_FILENO : -1, POLLIN, 0},
                                   {window_ != nullptr ? window_->woken() : -1, POLLIN, 0},
                                   {woken_.get(), POLLIN, 0},
                                   {-1, 0, 0}}};
    if (!typed_.empty()) waiting[5] = {shell_->descriptor(), POLLOUT, 0};
    const bool unpainted = window_ != nullptr && changed_;
    if (::poll(waiting.data(), waiting.size(), unpainted ? static_cast<int>(quiet / 1ms) : -1) < 0 &&
        errno != EINTR)
      break;
    if ((waiting[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !take_output()) break;
    if ((waiting[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0) agent_ ? take_input() : take_connection();
    if ((waiting[2].revents & (POLLIN | POLLHUP)) != 0) take_keys();
    if (waiting[3].revents != 0) {
      window_->take_wakes();
      follow_size();
    }
    if (waiting[4].revents != 0) {
      std::uint64_t count = 0;
      (void)!::read(woken_.get(), &count, sizeof count);
      fit();
    }
    if (window_gone_) break;
    flush_typed();
    if (window_ != nullptr && changed_ && std::chrono::steady_clock::now() - written_ >= quiet) paint();
  }
  if (window_gone_) shell_->hang_up();
  const auto status = shell_->wait();
  wire::json_object told{{"action", "exited"}};
  if (status.code) told["code"] = *status.code;
  if (status.signal) told["signal"] = *status.signal;
  const std::scoped_lock lock(guard_);
  if (tell_) tell_(std::move(told));
  agent_.reset();
  if (window_ != nullptr)
    write_fully(STDOUT_FILENO, fmt::format("\x1b[r\x1b[{};1H\x1b[0m\x1b[K", window_size_.rows));
  return status;
}

// False at the end of the shell.
bool share_window::take_output() {
  std::array<std::byte, 64UZ * 1024> buffer;
  const auto output = shell_->read(buffer);
  if (!output) return false;
  if (output->empty()) return true;
  shown_->write(*output);
  if (window_ != nullptr) {
    write_fully(STDOUT_FILENO, with_region(as_text(*output)));
    written_ = std::chrono::steady_clock::now();
    changed_ = true;
  }
  if (agent_ && !write_fully(agent_.get(), as_text(*output))) agent_.reset();
  return true;
}

// The agent, for the first time or after it was started anew: it gets what there is to see.
void share_window::take_connection() {
  agent_ = socket_.accept();
  if (agent_ && !write_fully(agent_.get(), shown_->snapshot())) agent_.reset();
  changed_ = true;
}

void share_window::take_input() {
  std::array<char, 64UZ * 1024> buffer;
  const auto count = ::read(agent_.get(), buffer.data(), buffer.size());
  if (count > 0) return type({buffer.data(), static_cast<std::size_t>(count)});
  if (count == 0 || errno != EINTR) agent_.reset();
  changed_ = true;
}

void share_window::take_keys() {
  std::array<char, 4096> buffer;
  const auto count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
  if (count <= 0) {
    // The window is gone, and the shell goes with it.
    window_gone_ = count == 0 || errno != EINTR;
    return;
  }
  std::string keys;
  for (const char key : std::string_view(buffer.data(), static_cast<std::size_t>(count))) {
    if (!commanding_ && key != command_key) {
      keys += key;
      continue;
    }
    type(std::exchange(keys, {}));
    press(key);
  }
  type(keys);
}

// The command key takes the keyboard back at once; otherwise the next key says what is wanted.
void share_window::press(char key) {
  changed_ = true;
  if (!commanding_) {
    bool controlled = false;
    {
      const std::scoped_lock lock(guard_);
      controlled = controller_.has_value();
    }
    if (controlled) return ask_agent("revoke");
    commanding_ = true;
    return;
  }
  commanding_ = false;
  switch (key) {
    case 'a':
      return ask_agent("allow");
    case 'o':
      return ask_agent("once");
    case 'd':
      return ask_agent(refusal());
    case 'z':
      return ask_agent("fit");
    case 'r':
      return ask_agent("revoke");
    case 'h': {
      bool hidden = false;
      {
        const std::scoped_lock lock(guard_);
        hidden = hidden_;
      }
      return ask_agent(hidden ? "show" : "hide");
    }
    case '\r': {
      const std::scoped_lock lock(guard_);
      if (suggested_) type(suggested_->second + "\r");
      suggested_.reset();
      return;
    }
    case command_key:
      return type({&key, 1});
    default:
      break;
  }
  const std::scoped_lock lock(guard_);
  suggested_.reset();
}

void share_window::type(std::string_view keys) {
  typed_ += keys;
  flush_typed();
}

void share_window::flush_typed() {
  while (!typed_.empty()) {
    const auto count = shell_->write(as_bytes(typed_));
    if (!count || *count == 0) return;
    typed_.erase(0, *count);
  }
}

// What is asked about in the status line: the keyboard first.
std::string share_window::refusal() {
  const std::scoped_lock lock(guard_);
  return !asked_ && size_asked_ ? "keep" : "deny";
}

void share_window::follow_size() {
  window_size_ = window_->size();
  changed_ = true;
  if (!fixed_) set_size({window_size_.cols, std::max(window_size_.rows - 1, 1)});
}

void share_window::set_size(terminal::terminal_size wanted) {
  if (wanted == size_) return;
  size_ = wanted;
  (void)shell_->resize(wanted);
  shown_->resize(wanted);
  const std::scoped_lock lock(guard_);
  if (tell_) tell_({{"action", "resize"}, {"cols", wanted.cols}, {"rows", wanted.rows}});
}

// A terminal without a window, or of a size of its own in one, takes it. Otherwise it is as large as the
// window, which may let itself be asked (XTWINOPS) or is resized by hand.
void share_window::fit() {
  std::optional<terminal::terminal_size> wanted;
  {
    const std::scoped_lock lock(guard_);
    wanted = std::exchange(fit_, std::nullopt);
  }
  if (!wanted || !valid(*wanted)) return;
  const bool holds = fixed_ && wanted->cols <= window_size_.cols && wanted->rows < window_size_.rows;
  if (window_ == nullptr || holds) set_size(*wanted);
  if (window_ == nullptr) return;
  changed_ = true;
  // What stood below the screen that has become smaller is nobody's any more.
  write_fully(STDOUT_FILENO, holds ? fmt::format("\x1b[r\x1b[{};1H\x1b[J", size_.rows + 1)
                                   : fmt::format("\x1b[8;{};{}t", wanted->rows + 1, wanted->cols));
}

void share_window::ask_agent(std::string_view action) {
  const std::scoped_lock lock(guard_);
  if (tell_) tell_({{"action", action}});
}

// The status line stands below the region that scrolls; a program that resets the region gets it again
// without that line.
std::string share_window::with_region(std::string_view output) {
  std::string out;
  out.reserve(output.size() + 16);
  for (const char c : output) {
    out += c;
    if (region_.feed(c) != terminal::mode_tracker::effect::none) out += fmt::format("\x1b[1;{}r", size_.rows);
  }
  return out;
}

std::string share_window::status_line() {
  const std::scoped_lock lock(guard_);
  if (commanding_) return tr("terminal.status.commands");
  if (!agent_) return tr("terminal.status.unshared");
  if (suggested_)
    return tr("terminal.status.suggested", escape_controls(suggested_->first),
              escape_controls(suggested_->second));
  if (asked_) return tr("terminal.status.asked", *asked_);
  if (size_asked_ && !controller_ && !hidden_) {
    const auto& [viewer, wanted] = *size_asked_;
    return tr("terminal.status.size_asked", viewer, wanted.cols, wanted.rows, size_.cols, size_.rows) + note_;
  }
  const auto seen =
      watching_.empty() ? tr("terminal.status.nobody") : tr("terminal.status.watched", watching_);
  if (hidden_) return tr("terminal.status.hidden", name_) + note_;
  if (controller_) return tr("terminal.status.controlled", name_, *controller_) + note_;
  return tr("terminal.status.shared", name_, seen) + note_;
}

void share_window::paint() {
  // In the midst of a sequence, and behind the last column where a terminal waits to wrap, it must not be.
  const auto cursor = shown_->cursor();
  if (!shown_->at_rest() || cursor.col >= size_.cols - 1 || window_size_.rows <= size_.rows) return;
  changed_ = false;
  const auto& modes = shown_->modes();
  const int top = std::max(modes.region_top, 1);
  const int bottom = modes.region_bottom > 0 ? modes.region_bottom : size_.rows;
  std::string out = modes.origin ? "\x1b[?6l" : "";
  out += fmt::format("\x1b[{};1H\x1b[0;7m{}\x1b[0;7m\x1b[K\x1b[0m", window_size_.rows,
                     terminal::clip(status_line(), window_size_.cols - 1));
  out += fmt::format("\x1b[{};{}r", top, bottom);
  if (modes.origin) out += "\x1b[?6h";
  out += fmt::format("\x1b[{};{}H{}", cursor.row + 1 - (modes.origin ? top - 1 : 0), cursor.col + 1,
                     shown_->pen());
  write_fully(STDOUT_FILENO, out);
}

}  // namespace mesh::app
