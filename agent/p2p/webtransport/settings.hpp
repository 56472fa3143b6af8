// The SETTINGS of an agent that speaks WebTransport, and the check of a browser's (RFC 9114 section 7.2.4).
#pragma once
#include "core/base/bytes.hpp"
#include "core/base/error.hpp"

namespace mesh::webtransport {

// All that our control stream says: its type and one SETTINGS frame. Chromium and Firefox speak draft 2 of
// WebTransport, Safari asks for the setting of draft 7; no dynamic table, so that no QPACK streams are
// needed.
bytes control_stream_opening();

// The value of a peer's SETTINGS frame. Errors: bad_frame, when it cannot be read, names a setting twice, or
// one that HTTP/3 forbids (section 7.2.4.1).
result<void> check_settings(bytes_view value);

}  // namespace mesh::webtransport
