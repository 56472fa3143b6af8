// SIGINT and SIGTERM as something a task waits for.
#pragma once
#include "core/io/task.hpp"

#include <boost/asio/signal_set.hpp>

namespace mesh::io {

// From its making on these signals do not end the process; one that comes before somebody waits is kept.
class termination {
 public:
  explicit termination(const executor& on);

  // Waits for such a signal and returns its number.
  task<int> signal();

 private:
  boost::asio::signal_set signals_;
};

}  // namespace mesh::io
