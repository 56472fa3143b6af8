// How a connection ends: what is said of it here, what the peer is told (RFC 9000 section 10).
#include "agent/p2p/close_code.hpp"
#include "agent/p2p/quic/datagram_socket.hpp"
#include "agent/p2p/quic/quic_callbacks.hpp"
#include "core/base/clock.hpp"

#include <array>
#include <bit>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace mesh::quic {

void quic_connection::on_failure(int code, ngtcp2_tstamp now) {
  if (code == NGTCP2_ERR_CLOSING) return;
  const auto reason = reason_of_failure(code);
  const auto linger = now + 3 * ngtcp2_conn_get_pto(conn_);
  if (code == NGTCP2_ERR_DRAINING) {
    end(reason, linger);
    return;
  }
  // Nothing is owed to a peer that fell silent, or was never a peer.
  if (code == NGTCP2_ERR_IDLE_CLOSE || code == NGTCP2_ERR_HANDSHAKE_TIMEOUT || code == NGTCP2_ERR_DROP_CONN ||
      code == NGTCP2_ERR_RETRY) {
    end(reason, now);
    return;
  }
  ng::close_error e;
  ng::set_default(e);
  if (code == NGTCP2_ERR_CRYPTO)
    ng::set_alert(e, ngtcp2_conn_get_tls_alert(conn_));
  else
    ng::set_library(e, code);
  send_close(e, reason, now);
}

error quic_connection::reason_of_failure(int code) const {
  const auto where = p2p::to_string(peer_address());
  switch (code) {
    case NGTCP2_ERR_DRAINING:
      return reason_of_peer_close();
    case NGTCP2_ERR_IDLE_CLOSE:
      if (phase_ == phase::open)
        return {errc::connection_lost, fmt::format("nothing was heard from {} for 30 s", where), {}};
      [[fallthrough]];
    case NGTCP2_ERR_HANDSHAKE_TIMEOUT:
      return {errc::timed_out, fmt::format("{} does not answer", where), {}};
    case NGTCP2_ERR_CRYPTO:
      if (tls_->refused_peer())
        return {errc::peer_key_mismatch, fmt::format("{} has another device key than expected", where), {}};
      return {errc::handshake_failed,
              fmt::format("TLS with {} failed, alert {}", where, ngtcp2_conn_get_tls_alert(conn_)),
              {}};
    default:
      return {errc::connection_lost, fmt::format("QUIC with {}: {}", where, ngtcp2_strerror(code)), {}};
  }
}

error quic_connection::reason_of_peer_close() const {
  const auto where = p2p::to_string(peer_address());
  if (reset_by_peer_)
    return {errc::connection_lost,
            fmt::format("{} no longer knows this connection; it was restarted", where),
            {}};
  const auto e = ng::close_error_of(conn_);
  if (e.type == ng::close_type_application) {
    if (e.error_code == p2p::close_code::none || speaks_http3())
      return {errc::connection_lost, fmt::format("{} closed it", where), {}};
    return p2p::close_code::to_error(e.error_code);
  }
  constexpr std::uint64_t alerts = 0x100;  // RFC 9001 section 4.8
  constexpr std::uint64_t no_application_protocol = 120;
  if (e.error_code == alerts + no_application_protocol)
    return {errc::version_unsupported, fmt::format("{} does not speak this version of Mesh", where), {}};
  if (e.error_code >= alerts && e.error_code < alerts + 256)
    return {
        errc::key_refused,
        fmt::format("{} does not accept the key of this device (TLS alert {})", where, e.error_code - alerts),
        {}};
  return {errc::connection_lost, fmt::format("{} closed it, QUIC error {}", where, e.error_code), {}};
}

void quic_connection::refused(const p2p::udp_address& by) {
  if (heard_ || phase_ != phase::handshaking || paths_.by_remote(by) == nullptr) return;
  end({errc::connection_refused, fmt::format("nobody listens at {}", p2p::to_string(by)), {}}, 0);
}

void quic_connection::close_later(std::uint64_t code, std::string_view reason,
                                  std::chrono::milliseconds pause) {
  const auto at = steady_now() + pause;
  const auto stamp = static_cast<ngtcp2_tstamp>(at.time_since_epoch().count());
  if (phase_ == phase::ended || (close_wanted_ && close_wanted_->at <= stamp)) return;
  close_wanted_ = {.code = code, .reason = std::string(reason), .at = stamp};
  host_.wants_turn(*this);
}

void quic_connection::close_now(std::uint64_t code, std::string_view reason, ngtcp2_tstamp now) {
  if (phase_ == phase::ended) return;
  ng::close_error e;
  ng::set_default(e);
  ng::set_application(e, code, reinterpret_cast<const std::uint8_t*>(reason.data()), reason.size());
  send_close(e, {errc::canceled, "closed here", {}}, now);
}

void quic_connection::send_close(const ng::close_error& e, const error& reason, ngtcp2_tstamp now) {
  now = not_earlier(now);
  std::array<std::byte, packet_batch::packet_bytes_max> packet;
  ngtcp2_path_storage over;
  ngtcp2_path_storage_zero(&over);
  ngtcp2_pkt_info info;
  const auto size = ngtcp2_conn_write_connection_close(conn_, &over.path, &info,
                                                       reinterpret_cast<std::uint8_t*>(packet.data()),
                                                       NGTCP2_MAX_UDP_PAYLOAD_SIZE, &e, now);
  if (size > 0) {
    close_packet_.assign(packet.begin(), packet.begin() + size);
    if (const auto* path = paths_.by_id(current_path()))
      host_.send(*path, {.path = path->id, .data = close_packet_, .segment = close_packet_.size()});
  }
  end(reason, size > 0 ? now + 3 * ngtcp2_conn_get_pto(conn_) : now);
}

// RFC 9000 section 10.2.1: fewer and fewer answers.
void quic_connection::answer_stray_packet(ngtcp2_tstamp) {
  if (close_packet_.empty() || !std::has_single_bit(++stray_packets_)) return;
  if (const auto* path = paths_.by_id(current_path()))
    host_.send(*path, {.path = path->id, .data = close_packet_, .segment = close_packet_.size()});
}

void quic_connection::end(const error& reason, ngtcp2_tstamp linger_until) {
  if (phase_ == phase::ended) return;
  phase_ = phase::ended;
  linger_until_ = linger_until;
  for (auto& [id, stream] : std::exchange(streams_, {})) {
    stream->ended(reason);
    stream->detach();
  }
  host_.on_ended(*this, reason);
  if (handle_ != nullptr) std::exchange(handle_, nullptr)->on_ended(reason);
}

}  // namespace mesh::quic
