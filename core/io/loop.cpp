#include "core/io/loop.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace mesh::io {

namespace asio = boost::asio;

loop::loop() : context_(std::make_unique<asio::io_context>(1)) {}
loop::~loop() = default;

executor loop::get_executor() {
  return context_->get_executor();
}

void loop::run() {
  context_->restart();
  context_->run();
}

void loop::stop() {
  context_->stop();
}

void loop::drive(task<> work) {
  bool ended = false;
  std::exception_ptr thrown;
  asio::co_spawn(*context_, std::move(work), [&](const std::exception_ptr& failure) {
    ended = true;
    thrown = failure;
  });
  context_->restart();
  while (!ended && context_->run_one() > 0) {
  }
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace mesh::io
