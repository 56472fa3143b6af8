// A bound on any wait: co_await with_deadline(op(), 5s).
#pragma once
#include "core/io/task.hpp"

#include <optional>

namespace mesh::io {

// Runs work, at most for duration; false when it was cut. work has ended (unwound, or returned early) before
// this returns, either way.
task<bool> finished_within(task<> work, std::chrono::nanoseconds duration);

namespace detail {

template <class T>
task<> store(task<T> work, std::optional<T>& to) {
  to.emplace(co_await std::move(work));
}

// An error reported after the cut is most likely the cut's; a success stays one.
template <class T>
bool succeeded(const T&) {
  return true;
}
template <class T>
bool succeeded(const result<T>& value) {
  return value.has_value();
}

}  // namespace detail

// The outcome of work (a result<T> is not wrapped twice), or timed_out. Exceptions of work pass through.
template <class T>
task<result_of<T>> with_deadline(task<T> work, std::chrono::nanoseconds duration) {
  std::optional<T> value;
  const bool finished = co_await finished_within(detail::store(std::move(work), value), duration);
  if (value && (finished || detail::succeeded(*value))) co_return std::move(*value);
  co_return fail(errc::timed_out, "the deadline passed");
}

inline task<result<void>> with_deadline(task<> work, std::chrono::nanoseconds duration) {
  const bool finished = co_await finished_within(std::move(work), duration);
  if (!finished) co_return fail(errc::timed_out, "the deadline passed");
  co_return result<void>();
}

}  // namespace mesh::io
