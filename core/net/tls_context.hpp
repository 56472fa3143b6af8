// What a TLS endpoint knows before a connection: its certificate, or whom it trusts. TLS 1.3, and 1.2 with
// AEAD only.
#pragma once
#include "core/base/error.hpp"

#include <memory>
#include <string>

struct ssl_ctx_st;

namespace mesh::net {

// Whom a client believes. The system's certificate authorities, plus ca_file (PEM) when given. With
// pin_sha256 (lower-case hex of SHA-256 over the server's SubjectPublicKeyInfo) exactly that key is accepted,
// and neither authorities nor names are asked. There is no way to accept everything.
struct tls_trust {
  std::string ca_file;
  std::string pin_sha256;
};

class tls_context {
 public:
  // PEM files; the certificate file holds the chain, own certificate first. Errors: config_value, naming the
  // file.
  static result<std::shared_ptr<const tls_context>> server(const std::string& cert_file,
                                                           const std::string& key_file);
  // Errors: config_value when ca_file cannot be read or the pin is not 64 hex digits.
  static result<std::shared_ptr<const tls_context>> client(const tls_trust& trust);

  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;
  ~tls_context();

  ssl_ctx_st* native() const { return context_; }
  const std::string& pin_sha256() const { return pin_; }

 private:
  tls_context(ssl_ctx_st* context, std::string pin) : context_(context), pin_(std::move(pin)) {}
  ssl_ctx_st* context_;
  std::string pin_;
};

}  // namespace mesh::net
