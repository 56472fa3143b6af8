// The request of the CLI about rates: limit.
#pragma once
#include "agent/app/rate_book.hpp"
#include "agent/control/message.hpp"

#include <functional>
#include <utility>

namespace mesh::app {

class rate_requests {
 public:
  // changed: what the book says shall hold from now on. book outlives this.
  rate_requests(rate_book& book, std::function<void()> changed) : book_(book), changed_(std::move(changed)) {}

  // False when the request is not this one.
  bool handle(const control::request& r, control::reply& to);

 private:
  rate_book& book_;
  std::function<void()> changed_;
};

}  // namespace mesh::app
