#include "core/io/deadline.hpp"

#include <memory>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace mesh::io {

namespace asio = boost::asio;

namespace {

struct watch {
  explicit watch(const executor& on) : timer(on) {}

  asio::steady_timer timer;
  asio::cancellation_signal cut;
  bool expired = false;
};

// Emits on expiry. Shared, because the timer's handler may still be queued when the wait is over.
std::shared_ptr<watch> start_watch(const executor& on, std::chrono::nanoseconds duration) {
  auto made = std::make_shared<watch>(on);
  made->timer.expires_after(duration);
  made->timer.async_wait([made](const boost::system::error_code& failure) {
    if (failure) return;
    made->expired = true;
    made->cut.emit(asio::cancellation_type::terminal);
  });
  return made;
}

}  // namespace

task<bool> finished_within(task<> work, std::chrono::nanoseconds duration) {
  const auto on = co_await this_coro::executor;
  const auto outer = co_await this_coro::cancellation_state;
  const auto guard = start_watch(on, duration);
  auto outer_slot = outer.slot();
  if (outer_slot.is_connected())
    outer_slot.assign([guard](asio::cancellation_type type) { guard->cut.emit(type); });
  std::exception_ptr thrown;
  try {
    co_await asio::co_spawn(on, std::move(work),
                            asio::bind_cancellation_slot(guard->cut.slot(), asio::use_awaitable));
  } catch (...) {
    thrown = std::current_exception();
  }
  if (outer_slot.is_connected()) outer_slot.clear();
  guard->timer.cancel();
  if (!thrown) co_return !guard->expired;
  if (guard->expired) {
    try {
      std::rethrow_exception(thrown);
    } catch (const boost::system::system_error& e) {
      if (e.code() == asio::error::operation_aborted) co_return false;
    }
  }
  std::rethrow_exception(thrown);
}

}  // namespace mesh::io
