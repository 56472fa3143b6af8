#include "agent/app/terminal.hpp"

#include "core/text/catalogue.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace mesh::app {
namespace {

constexpr std::size_t line_bytes_max = 64 * 1024;
constexpr std::size_t input_bytes_max = 256 * 1024;

// Reads up to a newline, byte by byte: what follows belongs to somebody else.
result<secret> read_line(int fd) {
  std::string line;
  char c = 0;
  while (true) {
    const auto count = ::read(fd, &c, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || c == '\n') break;
    if (line.size() >= line_bytes_max) return fail(errc::usage, "the line is too long");
    line += c;
  }
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty()) return fail(errc::usage, "nothing was entered");
  return secret(std::move(line));
}

}  // namespace

bool is_terminal(int fd) noexcept {
  return ::isatty(fd) == 1;
}

unsigned terminal_columns(int fd) noexcept {
  winsize size{};
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

unsigned terminal_rows(int fd) noexcept {
  winsize size{};
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : 24;
}

result<secret> ask_password(const std::string& prompt) {
  const int fd = ::open("/dev/tty", O_RDWR | O_CLOEXEC);
  if (fd < 0) return fail(errc::usage, "there is no terminal to ask for the password; use --password-stdin");
  termios before{};
  ::tcgetattr(fd, &before);
  auto silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  ::tcsetattr(fd, TCSAFLUSH, &silent);
  (void)!::write(fd, prompt.data(), prompt.size());
  auto line = read_line(fd);
  ::tcsetattr(fd, TCSAFLUSH, &before);
  (void)!::write(fd, "\n", 1);
  ::close(fd);
  return line;
}

result<secret> read_line_of_stdin() {
  return read_line(STDIN_FILENO);
}

result<std::string> read_stdin() {
  std::string out;
  char buffer[4096];
  while (true) {
    const auto count = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return out;
    out.append(buffer, static_cast<std::size_t>(count));
    if (out.size() > input_bytes_max) return fail(errc::too_large, "standard input holds more than 256 KiB");
  }
}

bool ask_yes(const std::string& question) {
  if (!is_terminal(STDIN_FILENO)) return false;
  std::fputs(question.c_str(), stderr);
  std::fflush(stderr);
  const auto line = read_line(STDIN_FILENO);
  return line && text::find("yes.letters").contains(line->reveal().front());
}

}  // namespace mesh::app
