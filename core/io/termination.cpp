#include "core/io/termination.hpp"

#include <csignal>

#include <boost/asio/use_awaitable.hpp>

namespace mesh::io {

termination::termination(const executor& on) : signals_(on, SIGINT, SIGTERM) {}

task<int> termination::signal() {
  co_return co_await signals_.async_wait(boost::asio::use_awaitable);
}

}  // namespace mesh::io
