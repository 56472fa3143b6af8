// A program in a pseudo terminal, as those who share it see it.
#pragma once
#include "agent/terminal/screen.hpp"
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mesh::terminal {

struct exit_status {
  std::optional<std::int32_t> code;
  std::optional<std::int32_t> signal;
};

class pty {
 public:
  virtual ~pty() = default;  // a program that still runs is hung up
  // For poll(): readable when there is output or the program has closed its side.
  virtual int descriptor() const noexcept = 0;
  // What the program wrote; empty: nothing now. Errors: terminal_ended when nothing comes any more, io.
  virtual result<bytes_view> read(std::span<std::byte> into) = 0;
  // How many bytes the program's side takes now. Errors: terminal_ended, io.
  virtual result<std::size_t> write(bytes_view data) = 0;
  virtual result<void> resize(terminal_size size) = 0;
  // As when its window is closed: the programs in there are told (SIGHUP).
  virtual void hang_up() = 0;
  // Waits for the end of the program, which must be near: after terminal_ended or hang_up().
  virtual exit_status wait() = 0;
};

// command: for `sh -c`; empty: the login shell of the person ($SHELL, else bash, else sh). variables:
// NAME=value, beside those of this process. Call it before this process confines itself or starts threads.
// Errors: shell_failed.
struct pty_wish {
  terminal_size size;
  std::string command;
  std::vector<std::string> variables;
};
result<std::unique_ptr<pty>> open_pty(const pty_wish& wish);

}  // namespace mesh::terminal
