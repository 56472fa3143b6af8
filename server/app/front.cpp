#include "server/app/front.hpp"

#include "core/base/clock.hpp"
#include "core/base/log.hpp"

#include <chrono>

namespace mesh::app {

std::string logged_path(std::string_view path) {
  static constexpr std::string_view invitations = "/api/invitations/";
  if (!path.starts_with(invitations)) return std::string(path);
  const auto rest = path.substr(invitations.size());
  if (rest.starts_with("inv_")) return std::string(path);
  const auto slash = rest.find('/');
  return std::string(invitations) + "***" + std::string(slash == rest.npos ? "" : rest.substr(slash));
}

io::task<net::http_response> front::answer(net::http_request request) {
  if (api::router::serves(request.path)) co_return co_await api_.handle(std::move(request));
  if (auto file = files_.serve(request)) co_return std::move(*file);
  if (request.method == "GET" || request.method == "HEAD")
    co_return net::http_response::failure(404, "not_found", "there is nothing at this address");
  auto refusal =
      net::http_response::failure(405, "method_not_allowed", "this address does not know this method");
  refusal.headers.set("Allow", "GET, HEAD");
  co_return refusal;
}

io::task<net::http_response> front::handle(net::http_request request) {
  const auto began = steady_now();
  net::http_request asked;
  asked.method = request.method;
  asked.path = request.path;
  asked.remote_address = request.remote_address;
  asked.secure = request.secure;
  auto answering = answer(std::move(request));
  auto response = co_await std::move(answering);
  const std::chrono::duration<double> took = steady_now() - began;
  finish(asked, response, took.count());
  co_return response;
}

void front::refuse(const net::http_request& request, net::http_response& response) {
  response.headers.set("Cache-Control", "no-store");
  finish(request, response, 0);
}

void front::finish(const net::http_request& request, net::http_response& response, double seconds) {
  add_security_headers(response, request.secure);
  counters_.count_request(request.method, response.status, seconds);
  log::info("http", "{} {} {} {:.1f}ms from={}", request.method.empty() ? "-" : request.method,
            request.path.empty() ? "-" : logged_path(request.path), response.status, seconds * 1000,
            request.remote_address);
}

}  // namespace mesh::app
