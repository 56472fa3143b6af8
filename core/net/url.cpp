#include "core/net/url.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <boost/asio/ip/address.hpp>

namespace mesh::net {
namespace {

struct scheme_port {
  std::string_view scheme;
  std::uint16_t port;
};
constexpr auto schemes = std::to_array<scheme_port>({{"http", 80}, {"https", 443}, {"ws", 80}, {"wss", 443}});

std::uint16_t default_port(std::string_view scheme) {
  const auto* found = std::ranges::find(schemes, scheme, &scheme_port::scheme);
  return found == schemes.end() ? std::uint16_t{0} : found->port;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::optional<std::uint16_t> read_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto* end = text.data() + text.size();
  const auto [at, failure] = std::from_chars(text.data(), end, port);
  if (failure != std::errc() || at != end || text.empty() || port == 0) return std::nullopt;
  return port;
}

std::optional<boost::asio::ip::address> numeric(std::string_view host) {
  boost::system::error_code failure;
  auto address = boost::asio::ip::make_address(std::string(host), failure);
  if (failure) return std::nullopt;
  return address;
}

bool valid_host(std::string_view host, bool bracketed) {
  if (bracketed) return host.contains(':') && numeric(host).has_value();
  return !host.empty() && host.size() <= 253 && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
}

// "host", "host:port", "[v6]:port"; port stays as it was when the text has none.
bool read_authority(std::string_view text, std::string& host, std::uint16_t& port) {
  const bool bracketed = text.starts_with('[');
  const auto end = bracketed ? text.find(']') : text.find(':');
  if (bracketed && end == std::string_view::npos) return false;
  host = lower(bracketed ? text.substr(1, end - 1) : text.substr(0, end));
  const auto rest =
      end == std::string_view::npos ? std::string_view() : text.substr(bracketed ? end + 1 : end);
  if (!rest.empty()) {
    const auto number = rest.starts_with(':') ? read_port(rest.substr(1)) : std::nullopt;
    if (!number) return false;
    port = *number;
  }
  return valid_host(host, bracketed);
}

std::string bracketed_host(std::string_view host) {
  return host.contains(':') ? "[" + std::string(host) + "]" : std::string(host);
}

}  // namespace

std::string url::host_header() const {
  return port == default_port(scheme) ? bracketed_host(host) : format_host_port(host, port);
}

std::string url::origin() const {
  return std::string(secure() ? "https" : "http") + "://" + host_header();
}

std::string url::str() const {
  return scheme + "://" + host_header() + target;
}

result<url> parse_url(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return fail(errc::address_invalid,
                "\"" + std::string(text) + "\" is not a usable address: " + std::string(why));
  };
  const auto mark = text.find("://");
  if (mark == std::string_view::npos)
    return wrong("it does not begin with http://, https://, ws:// or wss://");
  url out;
  out.scheme = lower(text.substr(0, mark));
  out.port = default_port(out.scheme);
  if (out.port == 0) return wrong("the scheme is not http, https, ws or wss");
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; }))
    return wrong("it contains white space");
  if (text.contains('#')) return wrong("it contains a fragment");
  const auto rest = text.substr(mark + 3);
  const auto end = rest.find_first_of("/?");
  const auto authority = rest.substr(0, end);
  if (authority.contains('@')) return wrong("it contains a user name");
  if (!read_authority(authority, out.host, out.port)) return wrong("the host or the port is not understood");
  out.target = end == std::string_view::npos ? "/" : std::string(rest.substr(end));
  if (out.target.starts_with('?')) out.target.insert(0, "/");
  return out;
}

result<host_port> parse_host_port(std::string_view text) {
  host_port out;
  if (!read_authority(text, out.host, out.port) || out.port == 0)
    return fail(errc::address_invalid,
                "\"" + std::string(text) + "\" is not an address such as 192.168.1.5:5000");
  return out;
}

std::string format_host_port(std::string_view host, std::uint16_t port) {
  return bracketed_host(host) + ":" + std::to_string(port);
}

bool is_loopback(std::string_view host) {
  if (host == "localhost") return true;
  const auto address = numeric(host);
  return address && address->is_loopback();
}

}  // namespace mesh::net
