#include "server/app/ask_password.hpp"

#include "core/base/limits.hpp"
#include "core/text/catalogue.hpp"

#include <cstdio>
#include <optional>
#include <string>
#include <termios.h>
#include <unistd.h>

namespace mesh::app {
namespace {

// What is typed stays unseen as long as this lives.
class without_echo {
 public:
  without_echo() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  without_echo(const without_echo&) = delete;
  without_echo& operator=(const without_echo&) = delete;
  ~without_echo() {
    if (!changed_) return;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    std::fputc('\n', stderr);
  }

 private:
  termios before_{};
  bool changed_ = false;
};

// Byte by byte, so that nothing after the line is taken from whoever reads standard input next.
secret read_line() {
  std::string line;
  char c = 0;
  while (line.size() <= limits::password_bytes_max && ::read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
    line += c;
  if (line.ends_with('\r')) line.pop_back();
  return secret(std::move(line));
}

secret ask(std::string_view key) {
  std::fputs(std::string(text::find(key)).c_str(), stderr);
  const without_echo silence;
  return read_line();
}

}  // namespace

result<secret> ask_password() {
  const bool asked = ::isatty(STDIN_FILENO) == 1;
  auto password = asked ? ask("server.password") : read_line();
  if (password.empty()) return fail(errc::usage, std::string(text::find("server.no_password")));
  if (asked && ask("server.password_again").reveal() != password.reveal())
    return fail(errc::usage, std::string(text::find("server.passwords_differ")));
  return password;
}

}  // namespace mesh::app
