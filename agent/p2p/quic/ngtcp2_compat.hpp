// ngtcp2 under one set of names: 0.12.1 (Debian 12) and 1.x (Debian 13). Included by .cpp files of this
// folder only.
#pragma once
#include "agent/p2p/quic/congestion.hpp"

#include <cstdint>
#include <cstring>
#include <span>

#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>

namespace mesh::quic::ng {

#if NGTCP2_VERSION_NUM >= 0x010000

using close_error = ngtcp2_ccerr;
using connection_figures = ngtcp2_conn_info;
using level = ngtcp2_encryption_level;
inline constexpr auto level_1rtt = NGTCP2_ENCRYPTION_LEVEL_1RTT;
// BBR v2 since 1.0.
inline constexpr auto cc_bbr = NGTCP2_CC_ALGO_BBR;
inline constexpr auto close_type_application = NGTCP2_CCERR_TYPE_APPLICATION;
inline constexpr auto close_type_transport = NGTCP2_CCERR_TYPE_TRANSPORT;

inline void set_default(close_error& e) {
  ngtcp2_ccerr_default(&e);
}
inline void set_application(close_error& e, std::uint64_t code, const std::uint8_t* reason,
                            std::size_t size) {
  ngtcp2_ccerr_set_application_error(&e, code, reason, size);
}
inline void set_library(close_error& e, int code) {
  ngtcp2_ccerr_set_liberr(&e, code, nullptr, 0);
}
inline void set_alert(close_error& e, std::uint8_t alert) {
  ngtcp2_ccerr_set_tls_alert(&e, alert, nullptr, 0);
}
inline close_error close_error_of(ngtcp2_conn* c) {
  return *ngtcp2_conn_get_ccerr(c);
}
inline void read_figures(ngtcp2_conn* c, connection_figures& out) {
  ngtcp2_conn_get_conn_info(c, &out);
}
inline level level_of(gnutls_record_encryption_level_t l) {
  return ngtcp2_crypto_gnutls_from_gnutls_record_encryption_level(l);
}
inline void set_original_dcid(ngtcp2_transport_params& p, const ngtcp2_cid& id) {
  p.original_dcid = id;
  p.original_dcid_present = 1;
}
inline void set_token(ngtcp2_settings& s, std::span<const std::uint8_t> token) {
  s.token = token.data();
  s.tokenlen = token.size();
  s.token_type = NGTCP2_TOKEN_TYPE_RETRY;
}
inline std::span<const std::uint8_t> token_of(const ngtcp2_pkt_hd& hd) {
  return {hd.token, hd.tokenlen};
}
inline void set_keep_alive(ngtcp2_conn* c, ngtcp2_duration interval) {
  ngtcp2_conn_set_keep_alive_timeout(c, interval == 0 ? UINT64_MAX : interval);
}
inline int shutdown_stream(ngtcp2_conn* c, std::int64_t id, std::uint64_t code) {
  return ngtcp2_conn_shutdown_stream(c, 0, id, code);
}
inline int shutdown_stream_read(ngtcp2_conn* c, std::int64_t id, std::uint64_t code) {
  return ngtcp2_conn_shutdown_stream_read(c, 0, id, code);
}
inline int shutdown_stream_write(ngtcp2_conn* c, std::int64_t id, std::uint64_t code) {
  return ngtcp2_conn_shutdown_stream_write(c, 0, id, code);
}

#else

using close_error = ngtcp2_connection_close_error;
using connection_figures = ngtcp2_conn_stat;
using level = ngtcp2_crypto_level;
inline constexpr auto level_1rtt = NGTCP2_CRYPTO_LEVEL_APPLICATION;
inline constexpr auto cc_bbr = NGTCP2_CC_ALGO_BBR2;
inline constexpr auto close_type_application = NGTCP2_CONNECTION_CLOSE_ERROR_CODE_TYPE_APPLICATION;
inline constexpr auto close_type_transport = NGTCP2_CONNECTION_CLOSE_ERROR_CODE_TYPE_TRANSPORT;

inline void set_default(close_error& e) {
  ngtcp2_connection_close_error_default(&e);
}
inline void set_application(close_error& e, std::uint64_t code, const std::uint8_t* reason,
                            std::size_t size) {
  ngtcp2_connection_close_error_set_application_error(&e, code, reason, size);
}
inline void set_library(close_error& e, int code) {
  ngtcp2_connection_close_error_set_transport_error_liberr(&e, code, nullptr, 0);
}
inline void set_alert(close_error& e, std::uint8_t alert) {
  ngtcp2_connection_close_error_set_transport_error_tls_alert(&e, alert, nullptr, 0);
}
inline close_error close_error_of(ngtcp2_conn* c) {
  close_error e;
  ngtcp2_conn_get_connection_close_error(c, &e);
  return e;
}
inline void read_figures(ngtcp2_conn* c, connection_figures& out) {
  ngtcp2_conn_get_conn_stat(c, &out);
}
inline level level_of(gnutls_record_encryption_level_t l) {
  return ngtcp2_crypto_gnutls_from_gnutls_record_encryption_level(l);
}
inline void set_original_dcid(ngtcp2_transport_params& p, const ngtcp2_cid& id) {
  p.original_dcid = id;
}
inline void set_token(ngtcp2_settings& s, std::span<const std::uint8_t> token) {
  s.token = {const_cast<std::uint8_t*>(token.data()), token.size()};
}
inline std::span<const std::uint8_t> token_of(const ngtcp2_pkt_hd& hd) {
  return {hd.token.base, hd.token.len};
}
inline void set_keep_alive(ngtcp2_conn* c, ngtcp2_duration interval) {
  ngtcp2_conn_set_keep_alive_timeout(c, interval);
}
inline int shutdown_stream(ngtcp2_conn* c, std::int64_t id, std::uint64_t code) {
  return ngtcp2_conn_shutdown_stream(c, id, code);
}
inline int shutdown_stream_read(ngtcp2_conn* c, std::int64_t id, std::uint64_t code) {
  return ngtcp2_conn_shutdown_stream_read(c, id, code);
}
inline int shutdown_stream_write(ngtcp2_conn* c, std::int64_t id, std::uint64_t code) {
  return ngtcp2_conn_shutdown_stream_write(c, id, code);
}

#endif

inline ngtcp2_cc_algo algorithm_of(congestion control) {
  return control == congestion::cubic ? NGTCP2_CC_ALGO_CUBIC : cc_bbr;
}

// HKDF-Expand-Label of RFC 8446 section 7.1, which 1.x does not export: label without "tls13 ", empty
// context.
inline int expand_label(std::span<std::uint8_t> out, const ngtcp2_crypto_md* md,
                        std::span<const std::uint8_t> secret, const char* label) {
  const std::size_t length = std::strlen(label);
  std::uint8_t info[64];
  info[0] = static_cast<std::uint8_t>(out.size() >> 8);
  info[1] = static_cast<std::uint8_t>(out.size());
  info[2] = static_cast<std::uint8_t>(6 + length);
  std::memcpy(info + 3, "tls13 ", 6);
  std::memcpy(info + 9, label, length);
  info[9 + length] = 0;
  return ngtcp2_crypto_hkdf_expand(out.data(), out.size(), md, secret.data(), secret.size(), info,
                                   10 + length);
}

}  // namespace mesh::quic::ng
