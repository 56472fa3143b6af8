// The request with which a page asks for a WebTransport session: an extended CONNECT (RFC 9220).
#pragma once
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"

#include <string>

namespace mesh::webtransport {

struct connect_request {
  std::string method;
  std::string protocol;
  std::string scheme;
  std::string authority;
  std::string path;
  std::string origin;
};

// Of a field section, QPACK without dynamic table (RFC 9204). Errors: bad_frame (not QPACK, or it refers to a
// dynamic table), bad_message (a pseudo-header twice, after others, or unknown; two origins; upper case).
result<connect_request> read_connect_request(bytes_view field_section);

// The HEADERS frame of an answer without body: 200, 403, 404 or 429.
bytes answer_frame(int status);

}  // namespace mesh::webtransport
