#include "core/io/task.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mesh::io {

namespace asio = boost::asio;

void post(const executor& on, std::move_only_function<void()> fn) {
  asio::post(on, std::move(fn));
}

task<> sleep_for(std::chrono::nanoseconds duration) {
  asio::steady_timer timer(co_await this_coro::executor);
  timer.expires_after(duration);
  co_await timer.async_wait(asio::use_awaitable);
}

task<> yield() {
  co_await asio::post(asio::use_awaitable);
}

}  // namespace mesh::io
