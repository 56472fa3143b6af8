#include "core/net/http.hpp"

#include <algorithm>
#include <array>

namespace mesh::net {
namespace {

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

bool has_dot_segment(std::string_view path) noexcept {
  while (!path.empty()) {
    const auto slash = path.find('/');
    const auto segment = path.substr(0, slash);
    if (segment == "." || segment == "..") return true;
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  return false;
}

// "http://host/path?query" -> "/path?query"; origin form stays.
std::string_view origin_form(std::string_view target) noexcept {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.size() < scheme.size() || !same_name(target.substr(0, scheme.size()), scheme)) continue;
    const auto slash = target.find('/', scheme.size());
    return slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
  }
  return target;
}

}  // namespace

void http_headers::add(std::string name, std::string value) {
  entries_.emplace_back(std::move(name), std::move(value));
}

void http_headers::set(std::string name, std::string value) {
  std::erase_if(entries_, [&](const auto& entry) { return same_name(entry.first, name); });
  add(std::move(name), std::move(value));
}

std::optional<std::string_view> http_headers::find(std::string_view name) const {
  for (const auto& [key, value] : entries_)
    if (same_name(key, name)) return value;
  return std::nullopt;
}

std::size_t http_headers::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(entries_, [&](const auto& entry) { return same_name(entry.first, name); }));
}

http_response http_response::json(unsigned status, std::string body) {
  http_response answer{status, {}, std::move(body)};
  answer.headers.add("Content-Type", "application/json");
  return answer;
}

http_response http_response::failure(unsigned status, std::string_view code, std::string_view message) {
  std::string body = R"({"error":{"code":")";
  body.append(code).append(R"(","message":")");
  for (const char c : message)
    if (!is_control(c) && c != '"' && c != '\\') body += c;
  return json(status, body + R"("}})");
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || std::string_view("-._~").contains(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

bool lists_token(const http_headers& headers, std::string_view name, std::string_view token) {
  for (const auto& [key, text] : headers.all()) {
    if (!same_name(key, name)) continue;
    std::string_view rest = text;
    while (!rest.empty()) {
      const auto comma = rest.find(',');
      if (same_name(trimmed(rest.substr(0, comma)), token)) return true;
      rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    }
  }
  return false;
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    const auto equals = pair.find('=');
    if (pair.substr(0, equals) != name) continue;
    std::string value(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1));
    std::ranges::replace(value, '+', ' ');
    return percent_decode(value);
  }
  return std::nullopt;
}

std::optional<std::string_view> cookie_value(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const auto end = header.find(';');
    const auto pair = trimmed(header.substr(0, end));
    header = end == std::string_view::npos ? std::string_view() : header.substr(end + 1);
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) return pair.substr(equals + 1);
  }
  return std::nullopt;
}

std::optional<std::string_view> bearer_token(std::string_view header) {
  static constexpr std::string_view scheme = "bearer ";
  header = trimmed(header);
  if (header.size() <= scheme.size() || !same_name(header.substr(0, scheme.size()), scheme))
    return std::nullopt;
  const auto token = trimmed(header.substr(scheme.size()));
  if (token.empty()) return std::nullopt;
  return token;
}

result<request_target> parse_target(std::string_view target) {
  target = origin_form(target);
  if (!target.starts_with('/')) return fail(errc::bad_request, "the request target is not a path");
  if (std::ranges::any_of(target, is_control))
    return fail(errc::bad_request, "a control character in the path");
  const auto mark = target.find('?');
  const auto raw = target.substr(0, mark);
  auto path = percent_decode(raw);
  if (!path) return fail(errc::bad_request, "a broken percent escape in the path");
  const auto slashes = [](std::string_view text) { return std::ranges::count(text, '/'); };
  if (slashes(*path) != slashes(raw) || path->contains('\\'))
    return fail(errc::not_found, "an encoded separator in the path");
  if (std::ranges::any_of(*path, is_control)) return fail(errc::not_found, "a control character in the path");
  if (has_dot_segment(*path)) return fail(errc::not_found, "a dot segment in the path");
  return request_target{
      std::move(*path),
      std::string(mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1))};
}

std::string_view reason_phrase(unsigned status) noexcept {
  struct row {
    unsigned status;
    std::string_view phrase;
  };
  static constexpr auto table = std::to_array<row>({{100, "Continue"},
                                                    {101, "Switching Protocols"},
                                                    {200, "OK"},
                                                    {201, "Created"},
                                                    {204, "No Content"},
                                                    {304, "Not Modified"},
                                                    {400, "Bad Request"},
                                                    {401, "Unauthorized"},
                                                    {403, "Forbidden"},
                                                    {404, "Not Found"},
                                                    {405, "Method Not Allowed"},
                                                    {408, "Request Timeout"},
                                                    {409, "Conflict"},
                                                    {413, "Content Too Large"},
                                                    {415, "Unsupported Media Type"},
                                                    {417, "Expectation Failed"},
                                                    {421, "Misdirected Request"},
                                                    {422, "Unprocessable Content"},
                                                    {426, "Upgrade Required"},
                                                    {429, "Too Many Requests"},
                                                    {431, "Request Header Fields Too Large"},
                                                    {500, "Internal Server Error"},
                                                    {501, "Not Implemented"},
                                                    {503, "Service Unavailable"}});
  const auto* found = std::ranges::find(table, status, &row::status);
  return found == table.end() ? std::string_view("Status") : found->phrase;
}

}  // namespace mesh::net
