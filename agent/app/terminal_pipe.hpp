// The bytes of a terminal between this agent and the program that has the window: a Unix socket that the
// program listens on, raw in both directions. A message of the control socket would make text of them.
#pragma once
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/io/task.hpp"

#include <functional>
#include <memory>
#include <string>

namespace mesh::app {

// One thread.
class terminal_pipe {
 public:
  struct calls {
    std::function<void(bytes_view)> data;  // from the program
    std::function<void()> drained;         // what was written has left
    std::function<void()> ended;           // the program has closed it; last call
  };
  // Errors: io; forbidden when another user listens there.
  static result<std::unique_ptr<terminal_pipe>> connect(const io::executor& on, const std::string& path,
                                                        calls then);
  terminal_pipe(const terminal_pipe&) = delete;
  terminal_pipe& operator=(const terminal_pipe&) = delete;
  ~terminal_pipe();

  void write(bytes_view data);
  // Bytes that were written and have not left.
  std::size_t waiting() const noexcept;
  void close();

 private:
  struct state;
  explicit terminal_pipe(std::shared_ptr<state> s);
  std::shared_ptr<state> state_;
};

}  // namespace mesh::app
