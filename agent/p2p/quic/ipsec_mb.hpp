// 1-RTT AES-GCM by libipsec-mb behind ngtcp2's callbacks. Initial and Handshake packets, and ChaCha20, stay
// with GnuTLS.
#pragma once

typedef struct ngtcp2_callbacks ngtcp2_callbacks;
struct gnutls_session_int;

namespace mesh::quic::ipsec_mb {

// The library found code for this processor. The first call sets it up, which tests all of its ciphers and so
// brings 3 MB of code into memory for a moment: not before there is a connection.
bool ready() noexcept;
// Keys that were not made here stay with GnuTLS.
void install(ngtcp2_callbacks& callbacks);
void install(gnutls_session_int* session);

}  // namespace mesh::quic::ipsec_mb
