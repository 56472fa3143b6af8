#include "core/io/elsewhere.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mesh::io {

namespace asio = boost::asio;

task<result<void>> elsewhere(std::move_only_function<void(completion)> start) {
  auto initiate = [](auto handler, std::move_only_function<void(completion)> begin) {
    auto on = asio::get_associated_executor(handler);
    auto busy = asio::make_work_guard(on);
    // The guard travels with the completion, so that the loop stays until it has run.
    begin([on, busy = std::move(busy), handler = std::move(handler)](result<void> outcome) mutable {
      asio::post(on, [busy = std::move(busy), handler = std::move(handler),
                      outcome = std::move(outcome)]() mutable { handler(std::move(outcome)); });
    });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(result<void>)>(
      std::move(initiate), asio::use_awaitable, std::move(start));
}

}  // namespace mesh::io
