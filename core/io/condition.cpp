#include "core/io/condition.hpp"

#include "core/io/deadline.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace mesh::io {

namespace asio = boost::asio;

// A timer that never expires: cancelling it wakes everyone who waits on it.
struct condition::state {
  explicit state(const executor& on) : timer(on, asio::steady_timer::time_point::max()) {}

  asio::steady_timer timer;
};

condition::condition(const executor& on) : state_(std::make_shared<state>(on)) {}

condition::~condition() {
  notify();
}

void condition::notify() {
  state_->timer.cancel();
}

task<> condition::wait() {
  const auto held = state_;
  boost::system::error_code woken;
  co_await held->timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  // A notification and a cancellation look alike to the timer.
  const auto mine = co_await this_coro::cancellation_state;
  if (mine.cancelled() != asio::cancellation_type::none)
    throw boost::system::system_error(asio::error::operation_aborted);
}

task<bool> condition::wait_for(std::chrono::nanoseconds duration) {
  co_return co_await finished_within(wait(), duration);
}

}  // namespace mesh::io
