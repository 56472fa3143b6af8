// Which code encrypts 1-RTT packets: GnuTLS everywhere, libipsec-mb where the processor makes it three times
// as fast.
#pragma once
#include <cstdint>
#include <string_view>

typedef struct ngtcp2_callbacks ngtcp2_callbacks;
struct gnutls_session_int;

namespace mesh::quic {

enum class packet_protection : std::uint8_t { gnutls, ipsec_mb };

std::string_view to_string(packet_protection p) noexcept;

// True when this build has libipsec-mb and the processor has the instructions (VAES, AVX-512) that make it
// pay.
bool ipsec_mb_usable() noexcept;
// ipsec_mb when usable. $MESH_AEAD=gnutls|ipsec-mb overrides; what cannot run falls back to gnutls.
packet_protection choose_packet_protection() noexcept;

// Puts the encrypt, decrypt, header protection and key update callbacks in place, ...
void install(packet_protection p, ngtcp2_callbacks& callbacks);
// ... and the hook that derives 1-RTT keys. After ngtcp2_crypto_gnutls_configure_*_session.
void install(packet_protection p, gnutls_session_int* session);

}  // namespace mesh::quic
