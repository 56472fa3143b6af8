#include "agent/p2p/quic/packet_protection.hpp"

#include "agent/p2p/quic/ipsec_mb.hpp"
#include "agent/p2p/quic/ngtcp2_compat.hpp"
#include "core/base/log.hpp"

#include <cstdlib>

namespace mesh::quic {

std::string_view to_string(packet_protection p) noexcept {
  return p == packet_protection::ipsec_mb ? "ipsec-mb" : "gnutls";
}

bool ipsec_mb_usable() noexcept {
#ifdef MESH_HAVE_IPSEC_MB
  return __builtin_cpu_supports("aes") && __builtin_cpu_supports("vaes") &&
         __builtin_cpu_supports("vpclmulqdq") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl");
#else
  return false;
#endif
}

packet_protection choose_packet_protection() noexcept {
  const char* const wanted = std::getenv("MESH_AEAD");
  const std::string_view word = wanted == nullptr ? "" : wanted;
  const bool usable = ipsec_mb_usable();
  if (word == "ipsec-mb" && !usable)
    log::warn("p2p", "MESH_AEAD=ipsec-mb: this machine cannot run it, using gnutls");
  return usable && word != "gnutls" ? packet_protection::ipsec_mb : packet_protection::gnutls;
}

void install(packet_protection p, ngtcp2_callbacks& callbacks) {
  callbacks.encrypt = ngtcp2_crypto_encrypt_cb;
  callbacks.decrypt = ngtcp2_crypto_decrypt_cb;
  callbacks.hp_mask = ngtcp2_crypto_hp_mask_cb;
  callbacks.update_key = ngtcp2_crypto_update_key_cb;
  callbacks.delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb;
  callbacks.delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb;
#ifdef MESH_HAVE_IPSEC_MB
  if (p == packet_protection::ipsec_mb) ipsec_mb::install(callbacks);
#else
  (void)p;
#endif
}

void install(packet_protection p, gnutls_session_int* session) {
#ifdef MESH_HAVE_IPSEC_MB
  if (p == packet_protection::ipsec_mb && ipsec_mb::ready()) ipsec_mb::install(session);
#else
  (void)p;
  (void)session;
#endif
}

}  // namespace mesh::quic
