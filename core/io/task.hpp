// Coroutines of Mesh: task<T>, and the few ways to start and wait. A task runs on the executor that it was
// spawned on and is awaited once: `auto value = co_await work();`.
#pragma once
#include "core/base/error.hpp"

#include <chrono>
#include <functional>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>

namespace mesh::io {

using executor = boost::asio::any_io_executor;

// Lazy: nothing happens before co_await or spawn. Cancelling its task_group makes the co_await that is
// pending throw boost::system::system_error(operation_aborted), which unwinds the coroutine; do not catch it.
template <class T = void>
using task = boost::asio::awaitable<T>;

namespace this_coro = boost::asio::this_coro;

// Runs fn on the executor's thread, later, never from inside this call. Safe from any thread.
void post(const executor& on, std::move_only_function<void()> fn);

// Waits; ends early only by cancellation.
task<> sleep_for(std::chrono::nanoseconds duration);

// Lets every other ready task run before this one continues.
task<> yield();

namespace detail {

template <class T>
struct as_result {
  using type = result<T>;
};
template <class T>
struct as_result<result<T>> {
  using type = result<T>;
};

}  // namespace detail

// T -> result<T>, and result<T> stays as it is.
template <class T>
using result_of = typename detail::as_result<T>::type;

}  // namespace mesh::io
