// Runs a service in a transaction of the backend and delivers its effects after the commit.
#pragma once
#include "server/api/backend.hpp"

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace mesh::api {
namespace detail {

enum class transaction_kind { read, write };

// fn: result<T>(services::context&). An error undoes the transaction. fn holds what it needs by value: it may
// run after the awaiting task was canceled.
template <class F, class R = std::invoke_result_t<F&, services::context&>>
io::task<R> transact(backend& with, transaction_kind kind, F fn) {
  auto decided = std::make_shared<std::optional<R>>();
  const auto presence = with.presence();
  auto job = [decided, presence, now = with.now(), random = &with.random(), keys = &with.keys(),
              settings = &with.settings(), fn = std::move(fn)](services::transaction& tx) mutable {
    services::context context{tx, now, *random, *keys, *presence, *settings};
    decided->emplace(fn(context));
    return (*decided)->has_value();
  };
  backend::work work(std::move(job));
  const auto done = kind == transaction_kind::read ? co_await with.run_read(std::move(work))
                                                   : co_await with.run_write(std::move(work));
  if (!done) co_return std::unexpected(done.error());
  if (!decided->has_value()) co_return fail(errc::internal, "the transaction did not run");
  co_return std::move(**decided);
}

}  // namespace detail

// fn: result<T>(services::context&), reading only.
template <class F>
auto read(backend& with, F fn) {
  return detail::transact(with, detail::transaction_kind::read, std::move(fn));
}

// fn: result<services::outcome<T>>(services::context&). Delivers the effects and returns the reply.
template <class F>
auto change(backend& with, F fn)
    -> io::task<result<decltype(std::declval<std::invoke_result_t<F&, services::context&>&>()->reply)>> {
  auto done = co_await detail::transact(with, detail::transaction_kind::write, std::move(fn));
  if (!done) co_return pass(done);
  with.deliver(std::move(done->effects));
  co_return std::move(done->reply);
}

}  // namespace mesh::api
