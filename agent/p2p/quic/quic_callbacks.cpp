#include "agent/p2p/quic/quic_callbacks.hpp"

#include "agent/p2p/close_code.hpp"
#include "agent/p2p/quic/socket_address.hpp"
#include "core/crypto/random.hpp"

namespace mesh::quic {
namespace {

quic_connection& connection_of(void* user) {
  return *static_cast<quic_connection*>(user);
}

// The only draw of a single byte decides whether ngtcp2 clears the fixed bit of its packets (RFC 9287); an
// even one keeps it set, so that QUIC can be told from STUN on one socket.
void fill_random(std::uint8_t* out, std::size_t size, const ngtcp2_rand_ctx*) {
  crypto::fill_random(std::as_writable_bytes(std::span(out, size)));
  if (size == 1) *out &= 0xfe;
}

}  // namespace

std::uint16_t path_id_of(const ngtcp2_addr& local) noexcept {
  sockaddr_in6 native;
  if (local.addrlen != sizeof native) return 0;
  std::memcpy(&native, local.addr, sizeof native);
  return static_cast<std::uint16_t>(native.sin6_addr.s6_addr[14] << 8 | native.sin6_addr.s6_addr[15]);
}

ngtcp2_callbacks quic_connection::callbacks::table(packet_protection protection, bool server) {
  ngtcp2_callbacks t{};
  install(protection, t);
  if (server) {
    t.recv_client_initial = ngtcp2_crypto_recv_client_initial_cb;
  } else {
    t.client_initial = ngtcp2_crypto_client_initial_cb;
    t.recv_retry = ngtcp2_crypto_recv_retry_cb;
  }
  t.recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb;
  t.get_path_challenge_data = ngtcp2_crypto_get_path_challenge_data_cb;
  t.version_negotiation = ngtcp2_crypto_version_negotiation_cb;
  t.rand = fill_random;
  t.handshake_completed = [](ngtcp2_conn*, void* user) {
    connection_of(user).handshake_completed_ = true;
    return 0;
  };
  t.get_new_connection_id = [](ngtcp2_conn*, ngtcp2_cid* id, std::uint8_t* token, std::size_t size,
                               void* user) {
    auto& self = connection_of(user);
    const auto data = std::as_writable_bytes(std::span(id->data, size));
    fill_connection_id(data);
    id->datalen = size;
    self.host_.make_reset_token(token, *id);
    self.ids_.emplace_back(data);
    self.host_.add_id(self.ids_.back(), self);
    return 0;
  };
  t.remove_connection_id = [](ngtcp2_conn*, const ngtcp2_cid* id, void* user) {
    auto& self = connection_of(user);
    const connection_id gone(std::as_bytes(std::span(id->data, id->datalen)));
    self.host_.remove_id(gone);
    std::erase(self.ids_, gone);
    return 0;
  };
  t.recv_stateless_reset = [](ngtcp2_conn*, const ngtcp2_pkt_stateless_reset*, void* user) {
    connection_of(user).reset_by_peer_ = true;
    return 0;
  };
  t.recv_stream_data = [](ngtcp2_conn*, std::uint32_t flags, std::int64_t id, std::uint64_t,
                          const std::uint8_t* data, std::size_t size, void* user, void*) {
    return connection_of(user).on_stream_data(id, std::as_bytes(std::span(data, size)),
                                              (flags & NGTCP2_STREAM_DATA_FLAG_FIN) != 0);
  };
  t.acked_stream_data_offset = [](ngtcp2_conn*, std::int64_t id, std::uint64_t offset, std::uint64_t size,
                                  void* user, void*) {
    connection_of(user).on_stream_acknowledged(id, offset + size);
    return 0;
  };
  t.recv_datagram = [](ngtcp2_conn*, std::uint32_t, const std::uint8_t* data, std::size_t size, void* user) {
    connection_of(user).on_datagram(std::as_bytes(std::span(data, size)));
    return 0;
  };
  t.stream_close = [](ngtcp2_conn*, std::uint32_t flags, std::int64_t id, std::uint64_t code, void* user,
                      void*) {
    const bool by_error = (flags & NGTCP2_STREAM_CLOSE_FLAG_APP_ERROR_CODE_SET) != 0;
    connection_of(user).on_stream_closed(id, by_error ? code : p2p::close_code::none);
    return 0;
  };
  t.stream_reset = [](ngtcp2_conn*, std::int64_t id, std::uint64_t, std::uint64_t code, void* user, void*) {
    connection_of(user).on_stream_reset(id, code);
    return 0;
  };
  return t;
}

}  // namespace mesh::quic
