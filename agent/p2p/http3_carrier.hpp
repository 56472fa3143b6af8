// What WebTransport asks of the QUIC connection beneath it, beyond what Mesh's own protocol needs.
#pragma once
#include "agent/p2p/connection.hpp"

namespace mesh::p2p {

// Its streams carry their QUIC number (byte_stream::id), and connection_handler::on_stream is told of
// unidirectional ones as well.
class http3_carrier : public connection {
 public:
  // Errors: as open_stream().
  virtual result<std::unique_ptr<byte_stream>> open_unidirectional() = 0;
  // As close(), a quarter of a second later, or when close() comes before: the peer hears the last words of a
  // layer above, and may answer them, before CONNECTION_CLOSE.
  virtual void close_soon(std::uint64_t code, std::string_view reason) = 0;
};

}  // namespace mesh::p2p
