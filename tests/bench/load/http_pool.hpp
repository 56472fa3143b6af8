// HTTP requests over connections that are kept, each on one that is free or on a new one.
#pragma once
#include "tests/bench/load/socket.hpp"

#include <functional>
#include <list>
#include <memory>

namespace mesh::bench {

class http_pool {
 public:
  // status: 0 when the connection ended before the answer.
  using answered = std::function<void(int status, std::string_view body)>;

  http_pool(reactor& events, std::uint16_t port, std::size_t connections_max);
  ~http_pool();

  // False when every connection is taken: a server that is slower than asked.
  bool request(std::string_view method, std::string_view target, std::string_view token,
               std::string_view body, answered done);
  std::size_t busy() const;

 private:
  class connection;
  reactor& events_;
  std::uint16_t port_;
  std::size_t connections_max_;
  std::list<std::unique_ptr<connection>> all_;
};

}  // namespace mesh::bench
