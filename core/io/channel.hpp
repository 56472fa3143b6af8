// A bounded queue between tasks of one thread.
#pragma once
#include "core/io/condition.hpp"

#include <cstddef>
#include <deque>
#include <optional>

namespace mesh::io {

// One thread only; any number of senders and receivers.
template <class T>
class channel {
 public:
  channel(const executor& on, std::size_t capacity) : capacity_(capacity), filled_(on), drained_(on) {}

  // False when full or closed; value is then untouched.
  bool try_send(T& value) {
    if (closed_ || items_.size() >= capacity_) return false;
    items_.push_back(std::move(value));
    filled_.notify();
    return true;
  }
  bool try_send(T&& value) { return try_send(value); }

  // Waits for room. Errors: the reason given to close().
  task<result<void>> send(T value) {
    while (!try_send(value)) {
      if (closed_) co_return std::unexpected(*closed_);
      co_await drained_.wait();
    }
    co_return result<void>();
  }

  // The oldest item; waits for one. After close() the remaining items still come out, then its reason.
  task<result<T>> receive() {
    while (items_.empty()) {
      if (closed_) co_return std::unexpected(*closed_);
      co_await filled_.wait();
    }
    co_return *try_receive();
  }

  std::optional<T> try_receive() {
    if (items_.empty()) return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    drained_.notify();
    return item;
  }

  void close(error reason) {
    if (!closed_) closed_ = std::move(reason);
    filled_.notify();
    drained_.notify();
  }

  bool closed() const { return closed_.has_value(); }
  std::size_t size() const { return items_.size(); }

 private:
  std::size_t capacity_;
  std::deque<T> items_;
  std::optional<error> closed_;
  condition filled_;
  condition drained_;
};

}  // namespace mesh::io
