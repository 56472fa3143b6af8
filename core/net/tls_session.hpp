// TLS over one connected, non-blocking descriptor: OpenSSL reads and writes it directly. No waiting happens
// here.
#pragma once
#include "core/base/error.hpp"
#include "core/net/tls_context.hpp"

#include <cstddef>
#include <memory>
#include <string>

struct ssl_st;

namespace mesh::net {

class tls_session {
 public:
  // What to do before the same call is made again, or how it ended.
  enum class step { done, wait_read, wait_write, closed, failed };
  struct outcome {
    step next;
    std::size_t count = 0;  // bytes moved when done
  };

  // host: for a client, the name or address that the certificate must carry. Errors: internal.
  static result<std::unique_ptr<tls_session>> accept(std::shared_ptr<const tls_context> tls, int descriptor);
  static result<std::unique_ptr<tls_session>> connect(std::shared_ptr<const tls_context> tls, int descriptor,
                                                      const std::string& host);
  ~tls_session();
  tls_session(const tls_session&) = delete;
  tls_session& operator=(const tls_session&) = delete;

  outcome handshake();
  outcome read(void* into, std::size_t size);
  // A write that had to wait is repeated with the same bytes, wherever they lie by then.
  outcome write(const void* from, std::size_t size);
  // Sends close_notify if the kernel takes it at once.
  void shutdown();

  // Why a handshake failed: peer_unverified or handshake_failed.
  error failure() const;

 private:
  tls_session(std::shared_ptr<const tls_context> tls, ssl_st* session)
      : tls_(std::move(tls)), session_(session) {}
  static result<std::unique_ptr<tls_session>> make(std::shared_ptr<const tls_context> tls, int descriptor);
  outcome judge(int returned, std::size_t count);

  std::shared_ptr<const tls_context> tls_;
  ssl_st* session_;
  std::string reason_;
  bool usable_ = true;  // OpenSSL forbids every further call after a fatal error
};

}  // namespace mesh::net
