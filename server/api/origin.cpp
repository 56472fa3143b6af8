#include "server/api/origin.hpp"

#include "core/net/url.hpp"

#include <algorithm>

namespace mesh::api {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::unexpected<error> refuse(const char* why) {
  return fail(errc::origin_refused, why);
}

// Host and port of a Host header, the port that of the scheme when it names none.
result<net::url> parse_host(std::string_view host, bool secure) {
  return net::parse_url((secure ? "https://" : "http://") + lower(host));
}

bool is_loopback_name(const std::string& host) {
  return net::is_loopback(host) || host.ends_with(".localhost");
}

}  // namespace

bool from_page(const net::http_request& request) {
  return request.headers.count("Origin") > 0;
}

result<void> check_origin(const net::http_request& request, const services::settings& settings) {
  const auto host_header = request.headers.find("Host");
  const auto host = host_header ? parse_host(*host_header, request.secure) : result<net::url>(net::url{});
  if (!host || request.headers.count("Host") > 1)
    return refuse("the Host header is not one of this server's names");
  const auto own = net::parse_url(settings.public_url);
  if (settings.loopback_only && host_header && !is_loopback_name(host->host) &&
      !(own && own->host == host->host))
    return refuse("this server answers to localhost only");

  const auto origin = request.headers.find("Origin");
  if (!origin) return {};
  if (request.headers.count("Origin") > 1 || !host_header)
    return refuse("the page's origin is not this server");
  if (own && own->origin() == *origin) return {};
  const auto page = net::parse_url(*origin);
  if (!page || page->origin() != *origin) return refuse("the page's origin is not this server");
  if (request.secure && page->scheme != "https") return refuse("the page's origin is not this server");
  // A proxy in front may have taken TLS off, so a plain connection does not tell the page's scheme.
  const auto seen = parse_host(*host_header, page->scheme == "https");
  if (!seen || seen->host != page->host || seen->port != page->port || page->scheme.starts_with("ws"))
    return refuse("the page's origin is not this server");
  return {};
}

}  // namespace mesh::api
