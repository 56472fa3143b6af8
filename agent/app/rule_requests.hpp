// The request of the CLI about standing rules: rules.
#pragma once
#include "agent/app/rule_book.hpp"
#include "agent/control/message.hpp"

#include <functional>
#include <utility>

namespace mesh::app {

class rule_requests {
 public:
  // changed: what the book says shall hold from now on. book outlives this.
  rule_requests(rule_book& book, std::function<void()> changed) : book_(book), changed_(std::move(changed)) {}

  // False when the request is not this one.
  bool handle(const control::request& r, control::reply& to);

 private:
  rule_book& book_;
  std::function<void()> changed_;
};

}  // namespace mesh::app
