#include "core/net/tls_context.hpp"

#include "core/base/bytes.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace mesh::net {
namespace {

constexpr std::string_view http_alpn = "\x08http/1.1";

// Protocol 1.2 with AEAD suites and 1.3, no tickets, no resumption (nothing secret outlives a connection),
// buffers given back while a connection is idle, no finite-field groups: their exponentiation is a way to
// keep a server busy.
bool harden(SSL_CTX* context) {
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_num_tickets(context, 0) == 1 &&
         SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") == 1 &&
         SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1;
}

int choose_http(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
                unsigned offered_size, void*) {
  unsigned char* found = nullptr;
  const auto* ours = reinterpret_cast<const unsigned char*>(http_alpn.data());
  if (SSL_select_next_proto(&found, chosen_size, ours, static_cast<unsigned>(http_alpn.size()), offered,
                            offered_size) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

// Lower-case hex of SHA-256 over the certificate's SubjectPublicKeyInfo; empty on failure.
std::string key_sha256(X509* certificate) {
  if (certificate == nullptr) return {};
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (size <= 0) return {};
  std::array<std::byte, 32> digest{};
  const int hashed =
      EVP_Digest(der, static_cast<std::size_t>(size), reinterpret_cast<unsigned char*>(digest.data()),
                 nullptr, EVP_sha256(), nullptr);
  OPENSSL_free(der);
  return hashed == 1 ? to_hex(digest) : std::string();
}

int verify_pin(X509_STORE_CTX* store, void* argument) {
  const auto& pin = static_cast<const tls_context*>(argument)->pin_sha256();
  if (key_sha256(X509_STORE_CTX_get0_cert(store)) == pin) {
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
  }
  X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);
  return 0;
}

std::string last_reason() {
  const char* text = ERR_reason_error_string(ERR_peek_last_error());
  return text == nullptr ? "unknown reason" : text;
}

}  // namespace

result<std::shared_ptr<const tls_context>> tls_context::server(const std::string& cert_file,
                                                               const std::string& key_file) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  if (context == nullptr) return fail(errc::internal, "OpenSSL has no context");
  std::shared_ptr<const tls_context> made(new tls_context(context, {}));
  if (!harden(context)) return fail(errc::internal, "OpenSSL lacks TLS 1.2 AEAD suites");
  SSL_CTX_set_alpn_select_cb(context, choose_http, nullptr);
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, cert_file.c_str()) != 1)
    return fail(errc::config_value, "the certificate " + cert_file + " cannot be used: " + last_reason(),
                "tls_cert");
  if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    return fail(errc::config_value, "the key " + key_file + " cannot be used: " + last_reason(), "tls_key");
  if (SSL_CTX_check_private_key(context) != 1)
    return fail(errc::config_value, "the key " + key_file + " does not belong to " + cert_file, "tls_key");
  return made;
}

result<std::shared_ptr<const tls_context>> tls_context::client(const tls_trust& trust) {
  const bool hex = std::ranges::all_of(
      trust.pin_sha256, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (!trust.pin_sha256.empty() && (trust.pin_sha256.size() != 64 || !hex))
    return fail(errc::config_value, "a pinned key is 64 lower-case hex digits");
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  if (context == nullptr) return fail(errc::internal, "OpenSSL has no context");
  std::shared_ptr<tls_context> made(new tls_context(context, trust.pin_sha256));
  if (!harden(context)) return fail(errc::internal, "OpenSSL lacks TLS 1.2 AEAD suites");
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(http_alpn.data()),
                          static_cast<unsigned>(http_alpn.size()));
  if (!trust.pin_sha256.empty()) {
    SSL_CTX_set_cert_verify_callback(context, verify_pin, made.get());
    return made;
  }
  ERR_clear_error();
  SSL_CTX_set_default_verify_paths(context);
  if (!trust.ca_file.empty() && SSL_CTX_load_verify_file(context, trust.ca_file.c_str()) != 1)
    return fail(errc::config_value,
                "the certificate file " + trust.ca_file + " cannot be used: " + last_reason());
  return made;
}

tls_context::~tls_context() {
  SSL_CTX_free(context_);
}

}  // namespace mesh::net
