// The network thread: an event loop and the ways to run it.
#pragma once
#include "core/io/task.hpp"

#include <memory>
#include <optional>

namespace boost::asio {
class io_context;
}

namespace mesh::io {

// Everything that runs on a loop runs on the one thread that calls run(); nothing needs a lock.
class loop {
 public:
  loop();
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;
  ~loop();

  executor get_executor();
  boost::asio::io_context& context() { return *context_; }

  // Until no work is left or stop().
  void run();
  void stop();

  // Runs work (and whatever else is on the loop) until work has ended; other tasks stay where they are.
  // Exceptions of work pass through. For mains of one-shot commands and for tests.
  template <class T>
  T run(task<T> work) {
    if constexpr (std::is_void_v<T>) {
      drive(std::move(work));
    } else {
      std::optional<T> out;
      drive(collect(std::move(work), out));
      return std::move(*out);
    }
  }

 private:
  template <class T>
  static task<> collect(task<T> work, std::optional<T>& to) {
    to.emplace(co_await std::move(work));
  }
  void drive(task<> work);

  std::unique_ptr<boost::asio::io_context> context_;
};

}  // namespace mesh::io
