// The terminal a command is typed on: is there one, how wide, questions and passwords.
#pragma once
#include "core/base/error.hpp"
#include "core/base/secret.hpp"

#include <string>

namespace mesh::app {

bool is_terminal(int fd) noexcept;
// Columns of the terminal on fd, 80 when unknown.
unsigned terminal_columns(int fd) noexcept;
// Its lines, 24 when unknown.
unsigned terminal_rows(int fd) noexcept;

// Asks on /dev/tty without echo. Errors: usage when there is no terminal.
result<secret> ask_password(const std::string& prompt);
// One line of standard input without its end. Errors: usage at its end or above 64 KiB.
result<secret> read_line_of_stdin();
// All of standard input. Errors: too_large above 256 KiB.
result<std::string> read_stdin();
// True for a yes in the language of the person; false without a terminal.
bool ask_yes(const std::string& question);

}  // namespace mesh::app
