#include "core/net/tls_session.hpp"

#include <boost/asio/ip/address.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace mesh::net {

result<std::unique_ptr<tls_session>> tls_session::make(std::shared_ptr<const tls_context> tls,
                                                       int descriptor) {
  SSL* session = SSL_new(tls->native());
  if (session == nullptr) return fail(errc::internal, "OpenSSL refused a session");
  std::unique_ptr<tls_session> made(new tls_session(std::move(tls), session));
  if (SSL_set_fd(session, descriptor) != 1) return fail(errc::internal, "OpenSSL refused the descriptor");
  return made;
}

result<std::unique_ptr<tls_session>> tls_session::accept(std::shared_ptr<const tls_context> tls,
                                                         int descriptor) {
  auto made = make(std::move(tls), descriptor);
  if (made) SSL_set_accept_state((*made)->session_);
  return made;
}

result<std::unique_ptr<tls_session>> tls_session::connect(std::shared_ptr<const tls_context> tls,
                                                          int descriptor, const std::string& host) {
  auto made = make(std::move(tls), descriptor);
  if (!made) return made;
  SSL* session = (*made)->session_;
  SSL_set_connect_state(session);
  boost::system::error_code not_numeric;
  boost::asio::ip::make_address(host, not_numeric);
  int named = 0;
  if (not_numeric) {
    named = SSL_set1_host(session, host.c_str());
    SSL_set_tlsext_host_name(session, host.c_str());
  } else {
    named = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host.c_str());
  }
  if (named != 1) return fail(errc::internal, "OpenSSL refused the host name");
  return made;
}

tls_session::~tls_session() {
  SSL_free(session_);
}

tls_session::outcome tls_session::judge(int returned, std::size_t count) {
  if (returned == 1) return {step::done, count};
  switch (SSL_get_error(session_, returned)) {
    case SSL_ERROR_WANT_READ:
      return {step::wait_read};
    case SSL_ERROR_WANT_WRITE:
      return {step::wait_write};
    case SSL_ERROR_ZERO_RETURN:
      return {step::closed};
    case SSL_ERROR_SYSCALL:
      usable_ = false;
      reason_ = "the connection ended";
      return {step::failed};
    default: {
      usable_ = false;
      const char* text = ERR_reason_error_string(ERR_peek_error());
      reason_ = text == nullptr ? "TLS failed" : text;
      return {step::failed};
    }
  }
}

tls_session::outcome tls_session::handshake() {
  ERR_clear_error();
  return judge(SSL_do_handshake(session_), 0);
}

tls_session::outcome tls_session::read(void* into, std::size_t size) {
  ERR_clear_error();
  std::size_t count = 0;
  const int returned = SSL_read_ex(session_, into, size, &count);
  return judge(returned, count);
}

tls_session::outcome tls_session::write(const void* from, std::size_t size) {
  ERR_clear_error();
  std::size_t count = 0;
  const int returned = SSL_write_ex(session_, from, size, &count);
  return judge(returned, count);
}

void tls_session::shutdown() {
  if (!usable_ || SSL_is_init_finished(session_) == 0) return;
  ERR_clear_error();
  if (SSL_shutdown(session_) < 0) usable_ = false;
  ERR_clear_error();
}

error tls_session::failure() const {
  const long verdict = SSL_get_verify_result(session_);
  if (verdict != X509_V_OK)
    return {errc::peer_unverified,
            std::string("the server's certificate is not trusted: ") + X509_verify_cert_error_string(verdict),
            {}};
  return {errc::handshake_failed, "the TLS handshake failed: " + reason_, {}};
}

}  // namespace mesh::net
