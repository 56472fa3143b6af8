// Takes every request of the REST interface to its route.
#pragma once
#include "server/api/route.hpp"

#include <vector>

namespace mesh::api {

// Lives on the network thread and outlives its tasks.
class router {
 public:
  // clock: of the rate limits.
  explicit router(backend& with, std::function<steady_time()> clock = steady_now);
  router(const router&) = delete;
  router& operator=(const router&) = delete;

  // Ours: /api and below, /health, /ready, /metrics. Everything else is the web client's.
  static bool serves(std::string_view path);

  // Always answers, errors as JSON.
  io::task<net::http_response> handle(net::http_request request);

  const std::vector<route>& routes() const { return routes_; }
  // The OpenAPI 3.1 document of exactly these routes.
  const wire::json_object& document() const { return document_; }

 private:
  io::task<result<net::http_response>> run(const route& r, call& c);

  backend& with_;
  limiter limits_;
  std::vector<route> routes_;
  wire::json_object document_;
};

}  // namespace mesh::api
