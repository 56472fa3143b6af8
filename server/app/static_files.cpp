#include "server/app/static_files.hpp"

#include "core/base/log.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <utility>

#include <fmt/format.h>

namespace mesh::app {
namespace {

namespace fs = std::filesystem;

constexpr auto content_types = std::to_array<std::pair<std::string_view, std::string_view>>({
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".wasm", "application/wasm"},
    {".txt", "text/plain; charset=utf-8"},
});

std::string_view content_type(const fs::path& path) {
  const auto extension = path.extension().string();
  const auto* const found =
      std::ranges::find(content_types, extension, &decltype(content_types)::value_type::first);
  return found == content_types.end() ? "application/octet-stream" : found->second;
}

std::optional<std::string> read_whole(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

// Whether an Accept-Encoding header takes gzip (RFC 9110, section 12.5.3): a weight of 0 refuses it.
bool takes_gzip(std::string_view header) {
  while (!header.empty()) {
    const auto coding = header.substr(0, header.find(','));
    header.remove_prefix(std::min(coding.size() + 1, header.size()));
    const auto name = coding.substr(0, coding.find(';'));
    if (trimmed(name) != "gzip") continue;
    const auto weight = trimmed(coding.substr(std::min(name.size() + 1, coding.size())));
    return !weight.starts_with("q=0") || weight.find_first_not_of("0.", 2) != std::string_view::npos;
  }
  return false;
}

constexpr std::string_view no_client_page =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Mesh</title>"
    "<h1>Mesh is running</h1><p>The web client is not built. Run <code>./mesh build</code>, or name its "
    "directory with "
    "<code>--web-dir</code>.</p></html>";

}  // namespace

void add_security_headers(net::http_response& response, bool secure) {
  // 'self' covers ws: and wss: of the same origin in current browsers. https: is there for WebTransport to
  // agents, whose addresses nobody knows beforehand; the hashes of their certificates decide whom the page
  // talks to.
  response.headers.set(
      "Content-Security-Policy",
      "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: "
      "blob:; connect-src 'self' https:; object-src 'none'; base-uri 'none'; form-action 'self'; "
      "frame-ancestors 'none'");
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("X-Frame-Options", "DENY");
  response.headers.set("Referrer-Policy", "no-referrer");
  response.headers.set("Cross-Origin-Opener-Policy", "same-origin");
  if (secure) response.headers.set("Strict-Transport-Security", "max-age=31536000");
}

static_files::static_files(const fs::path& directory) {
  std::error_code failure;
  for (fs::recursive_directory_iterator at(directory, failure), end; !failure && at != end;
       at.increment(failure)) {
    if (at->is_symlink() || !at->is_regular_file()) continue;
    const auto name = "/" + at->path().lexically_relative(directory).generic_string();
    const auto modified = at->last_write_time().time_since_epoch().count();
    files_.emplace(
        name, file{at->path(), content_type(at->path()),
                   fmt::format("\"{:x}-{:x}\"", modified, at->file_size()), name.starts_with("/assets/")});
  }
  if (!files_.contains("/index.html"))
    log::warn("app", "no web client in {}: pages answer with a hint", directory.string());
}

net::http_response static_files::answer(const file& f, const net::http_request& request) const {
  net::http_response response;
  response.headers.set("Content-Type", std::string(f.content_type));
  response.headers.set("ETag", f.etag);
  response.headers.set("Cache-Control", f.immutable ? "public, max-age=31536000, immutable" : "no-cache");
  if (request.headers.find("If-None-Match") == f.etag) {
    response.status = 304;
    return response;
  }
  auto content = read_whole(f.path);
  if (!content) {
    response.status = 404;
    return response;
  }
  response.body = std::move(*content);
  return response;
}

std::optional<net::http_response> static_files::serve(const net::http_request& request) const {
  if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
  auto found = files_.find(request.path);
  const auto last = request.path.substr(request.path.rfind('/') + 1);
  if (found == files_.end() && last.find('.') == std::string::npos) {
    found = files_.find("/index.html");
    if (found == files_.end()) {
      net::http_response hint;
      hint.headers.set("Content-Type", "text/html; charset=utf-8");
      hint.body = no_client_page;
      return hint;
    }
  }
  if (found == files_.end()) return std::nullopt;
  const auto smaller = files_.find(found->first + ".gz");
  if (smaller == files_.end()) return answer(found->second, request);
  // Compressed once, when the page was built.
  const bool small = takes_gzip(request.headers.find("Accept-Encoding").value_or(""));
  auto response = answer(small ? smaller->second : found->second, request);
  response.headers.set("Vary", "Accept-Encoding");
  if (small && response.status != 404) {
    response.headers.set("Content-Type", std::string(found->second.content_type));
    response.headers.set("Content-Encoding", "gzip");
  }
  return response;
}

}  // namespace mesh::app
