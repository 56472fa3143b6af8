// From an address to a connected stream. For the .cpp files of core/net only.
#pragma once
#include "core/net/any_stream.hpp"
#include "core/net/tls_context.hpp"
#include "core/net/url.hpp"

#include <memory>

namespace mesh::net {

// Resolves, tries each address in turn, and for https and wss shakes hands (tls must then be set).
// "localhost" and numeric hosts ask no resolver. Errors: connection_refused, server_unreachable,
// handshake_failed, peer_unverified, connection_lost. Bound it with io::with_deadline.
io::task<result<any_stream>> connect_stream(const url& to, std::shared_ptr<const tls_context> tls);

}  // namespace mesh::net
