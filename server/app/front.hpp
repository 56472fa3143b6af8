// The HTTP side of the server: the REST interface, the web client's files, the access log.
#pragma once
#include "core/io/task.hpp"
#include "core/net/http.hpp"
#include "server/api/router.hpp"
#include "server/app/metrics.hpp"
#include "server/app/static_files.hpp"

#include <string>
#include <string_view>

namespace mesh::app {

class front {
 public:
  // All outlive this and the tasks of handle().
  front(api::router& api, const static_files& files, metrics& counters)
      : api_(api), files_(files), counters_(counters) {}

  io::task<net::http_response> handle(net::http_request request);

  // The same for an answer of the HTTP layer itself, to what may not even be a request.
  void refuse(const net::http_request& request, net::http_response& response);

 private:
  void finish(const net::http_request& request, net::http_response& response, double seconds);
  io::task<net::http_response> answer(net::http_request request);

  api::router& api_;
  const static_files& files_;
  metrics& counters_;
};

// A path as the log shows it: an invitation's code opens a door, so it is left out.
std::string logged_path(std::string_view path);

}  // namespace mesh::app
