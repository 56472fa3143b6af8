// The web client's files over HTTP, with the headers that keep a page safe.
#pragma once
#include "core/net/http.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace mesh::app {

// Adds what every answer to a browser carries: CSP without inline code, nosniff, no framing, no referrer;
// HSTS over TLS.
void add_security_headers(net::http_response& response, bool secure);

// Serves what stood in a directory when it was opened: the list of files is fixed then, so that no path of a
// request ever reaches the file system. Content is read at each request; Vite's files are small and the
// kernel caches them.
class static_files {
 public:
  // An absent directory gives an empty set: serve() then answers a page that says how to build the client.
  explicit static_files(const std::filesystem::path& directory);

  // GET and HEAD of a file, or of a path without a file extension (the client's own routes), which gets
  // index.html. nullopt when the path is not ours (the caller answers 404).
  std::optional<net::http_response> serve(const net::http_request& request) const;

 private:
  struct file {
    std::filesystem::path path;
    std::string_view content_type;
    std::string etag;
    bool immutable = false;  // its name carries a hash of its content
  };
  net::http_response answer(const file& f, const net::http_request& request) const;

  std::map<std::string, file, std::less<>> files_;
};

}  // namespace mesh::app
