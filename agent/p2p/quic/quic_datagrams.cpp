// Datagrams of a connection with a browser (RFC 9221): each is a packet of its own, before any stream has its
// turn, and is not sent again when it is lost.
#include "agent/p2p/quic/quic_callbacks.hpp"

#include <algorithm>

namespace mesh::quic {
namespace {

// They answer to a moment: what cannot go out soon is worth nothing later.
constexpr std::size_t waiting_max = 16;
// Frame type and length before the data (RFC 9221 section 4).
constexpr std::size_t frame_head_bytes = 1 + 8;
// Of a packet, before and behind its frames: first byte, connection id, number, tag.
constexpr std::size_t packet_head_bytes = 1 + NGTCP2_MAX_CIDLEN + 4 + 16;

}  // namespace

void quic_connection::on_datagram(bytes_view data) {
  if (!speaks_http3()) return;
  ++datagrams_received_;
  if (handle_ != nullptr) handle_->on_datagram(data);
}

void quic_connection::send_datagram(bytes_view data) {
  if (phase_ != phase::open || datagrams_.size() >= waiting_max) return;
  const auto* const theirs = ngtcp2_conn_get_remote_transport_params(conn_);
  if (theirs == nullptr || data.size() + frame_head_bytes > theirs->max_datagram_frame_size) return;
  datagrams_.push_back(to_bytes(data));
  host_.wants_turn(*this);
}

quic_connection::written quic_connection::write_datagram(packet_buffer into, std::uint16_t& over_path,
                                                         ngtcp2_tstamp now) {
  auto& data = datagrams_.front();
  const auto size_max = std::min(
      into.size(), ladder_ ? ladder_->proven() : ngtcp2_conn_get_path_max_tx_udp_payload_size(conn_));
  // ngtcp2 would say the same of one that never fits as of one that must wait for the network, and nothing
  // else of this connection would go out.
  if (data.size() + frame_head_bytes + packet_head_bytes > size_max) {
    datagrams_.pop_front();
    return {.again = true};
  }
  ngtcp2_vec native{reinterpret_cast<std::uint8_t*>(data.data()), data.size()};
  ngtcp2_path_storage over;
  ngtcp2_path_storage_zero(&over);
  ngtcp2_pkt_info info;
  const std::size_t pieces = data.empty() ? 0 : 1;  // ngtcp2 asserts that none is empty
  int accepted = 0;
  const auto size = ngtcp2_conn_writev_datagram(
      conn_, &over.path, &info, reinterpret_cast<std::uint8_t*>(into.data()), size_max, &accepted,
      NGTCP2_WRITE_DATAGRAM_FLAG_NONE, 0, &native, pieces, now);
  // More than the peer takes, or it takes none.
  const bool never = size == NGTCP2_ERR_INVALID_ARGUMENT || size == NGTCP2_ERR_INVALID_STATE;
  if (accepted != 0) ++datagrams_sent_;
  if (accepted != 0 || never) datagrams_.pop_front();
  if (never) return {.again = true};
  if (size > 0) over_path = path_id_of(over.path.local);
  return {.size = size};
}

}  // namespace mesh::quic
