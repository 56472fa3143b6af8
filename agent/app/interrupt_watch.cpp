#include "agent/app/interrupt_watch.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace mesh::app {
namespace {

constexpr char signaled = 's';
constexpr char over = 'o';

std::atomic<int> pipe_end{-1};

extern "C" void on_signal(int) {
  [[maybe_unused]] const auto written = ::write(pipe_end.load(), &signaled, 1);
}

void handle(void (*with)(int), int flags) {
  struct sigaction action{};
  action.sa_handler = with;
  action.sa_flags = flags;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

interrupt_watch::interrupt_watch() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
  told_ = os::unique_fd(ends[0]);
  pipe_end = ends[1];
  thread_ = std::thread([this] { wait(); });
  handle(on_signal, SA_RESTART | static_cast<int>(SA_RESETHAND));
}

interrupt_watch::~interrupt_watch() {
  if (!thread_.joinable()) return;
  handle(SIG_DFL, 0);
  [[maybe_unused]] const auto written = ::write(pipe_end.load(), &over, 1);
  thread_.join();
  ::close(pipe_end.exchange(-1));
}

void interrupt_watch::add(std::function<void()> call) {
  const std::scoped_lock lock(guard_);
  if (interrupted_) return call();
  calls_.push_back(std::move(call));
}

void interrupt_watch::wait() {
  char what = over;
  while (::read(told_.get(), &what, 1) != 1) {
  }
  if (what != signaled) return;
  const std::scoped_lock lock(guard_);
  interrupted_ = true;
  for (const auto& call : calls_) call();
}

}  // namespace mesh::app
