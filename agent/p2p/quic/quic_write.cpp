// The sending half of a connection: which stream fills the next packet, and when to stop.
#include "agent/p2p/quic/quic_callbacks.hpp"
#include "core/base/log.hpp"

#include <algorithm>

namespace mesh::quic {
namespace {

// What one connection writes before the others and the receiving half have their turn. Measured: 64 KiB 933
// MB/s, 256 KiB 1199, 1 MiB 1365.
constexpr std::size_t turn_bytes_max = 1024 * 1024;
constexpr std::size_t views_max = 8;

}  // namespace

bool quic_connection::paced() {
  if (!handshake_completed_ || pacing_.is_off_for_good()) return false;
  ng::connection_figures figures{};
  ng::read_figures(conn_, figures);
  if (figures.min_rtt == UINT64_MAX) return pacing_.on(std::nullopt);
  return pacing_.on(std::chrono::nanoseconds(figures.min_rtt));
}

std::size_t quic_connection::under_way() const {
  if (!handshake_completed_ || pacing_.is_off_for_good()) return 0;
  ng::connection_figures figures{};
  ng::read_figures(conn_, figures);
  return figures.cwnd;
}

bool quic_connection::write(ngtcp2_tstamp now, packet_batch& batch) {
  now = not_earlier(now);
  if (phase_ == phase::ended) return false;
  if (close_wanted_ && now >= close_wanted_->at) {
    close_now(close_wanted_->code, close_wanted_->reason, now);
    return false;
  }
  retry_blocked_streams();
  const bool pace = paced();
  const std::size_t budget = pace ? ngtcp2_conn_get_send_quantum(conn_) : turn_bytes_max;
  const packet_batch::sink sink = [this](const packet_batch::run& packets) {
    bytes_sent_ += packets.data.size();
    if (const auto* over = paths_.by_id(packets.path)) host_.send(*over, packets);
  };
  std::size_t total = 0;
  while (total < budget && !host_.send_blocked()) {
    const auto size = write_packet(batch, sink, now);
    if (size == 0) break;
    total += size;
  }
  batch.flush(sink);
  if (pace) ngtcp2_conn_update_pkt_tx_time(conn_, now);
  announce_handshake();
  return !pace && total >= budget && phase_ != phase::ended;
}

std::size_t quic_connection::write_packet(packet_batch& batch, const packet_batch::sink& sink,
                                          ngtcp2_tstamp now) {
  std::uint16_t over_path = 0;
  written packet{.size = 0, .again = true};
  while (packet.again)
    packet = datagrams_.empty() || phase_ != phase::open ? write_stream(batch.next(), over_path, now)
                                                         : write_datagram(batch.next(), over_path, now);
  if (packet.size < 0) {
    batch.flush(sink);
    on_failure(static_cast<int>(packet.size), now);
    return 0;
  }
  if (packet.size == 0) return 0;
  ++packets_sent_;
  batch.add(static_cast<std::size_t>(packet.size), over_path, sink);
  return static_cast<std::size_t>(packet.size);
}

quic_connection::written quic_connection::write_stream(packet_buffer into, std::uint16_t& over_path,
                                                       ngtcp2_tstamp now) {
  std::array<bytes_view, views_max> views;
  std::array<ngtcp2_vec, views_max> native;
  std::size_t count = 0;
  std::size_t offered = 0;
  std::uint32_t flags = 0;
  stream_state* stream = nullptr;
  if (const auto next = schedule_.next()) {
    const auto found = streams_.find(*next);
    if (found == streams_.end() || !found->second->has_output()) {
      drop_next_stream();
      return {.again = true};
    }
    stream = found->second.get();
    count = stream->queue.peek(views, into.size());
    for (std::size_t i = 0; i < count; ++i) {
      native[i] = {reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(views[i].data())), views[i].size()};
      offered += views[i].size();
    }
    const bool whole = offered == stream->queue.unsent();
    if (whole && stream->fin_wanted()) flags |= NGTCP2_WRITE_STREAM_FLAG_FIN;
    // Short streams share a packet.
    if (whole && offered < into.size() && schedule_.size() > 1) flags |= NGTCP2_WRITE_STREAM_FLAG_MORE;
  }
  ngtcp2_path_storage over;
  ngtcp2_path_storage_zero(&over);
  ngtcp2_pkt_info info;
  ngtcp2_ssize taken = -1;
  const auto longer = ladder_ && stream != nullptr && phase_ == phase::open
                          ? ladder_->next_try(stream->queue.unsent())
                          : std::nullopt;
  const auto size_max = std::min(into.size(), ladder_ ? longer.value_or(ladder_->proven())
                                                      : ngtcp2_conn_get_max_tx_udp_payload_size(conn_));
  const auto size = ngtcp2_conn_writev_stream(
      conn_, &over.path, &info, reinterpret_cast<std::uint8_t*>(into.data()), size_max, &taken, flags,
      stream == nullptr ? -1 : stream->id, native.data(), count, now);
  if (stream != nullptr && taken >= 0) {
    const auto sent = static_cast<std::size_t>(taken);
    if (longer && sent >= *longer / 2)
      ladder_->tried(stream->id, stream->queue.sent_until() + sent,
                     ngtcp2_conn_get_stream_loss_count(conn_, stream->id));
    after_stream_write(*stream, sent, (flags & NGTCP2_WRITE_STREAM_FLAG_FIN) != 0 && sent == offered);
  }
  switch (size) {
    case NGTCP2_ERR_WRITE_MORE:
      return {.again = true};
    case NGTCP2_ERR_STREAM_DATA_BLOCKED:
      stream->blocked = true;
      blocked_.push_back(stream->id);
      drop_next_stream();
      return {.again = true};
    case NGTCP2_ERR_STREAM_SHUT_WR:
    case NGTCP2_ERR_STREAM_NOT_FOUND:
      stream->stopped();
      drop_next_stream();
      return {.again = true};
    default:
      break;
  }
  if (size > 0) over_path = path_id_of(over.path.local);
  return {.size = size};
}

void quic_connection::after_stream_write(stream_state& stream, std::size_t count, bool fin) {
  stream.queue.sent(count);
  if (fin) stream.fin_sent();
  if (stream.has_output())
    schedule_.sent(count);
  else
    drop_next_stream();
  stream.check_room();
}

void quic_connection::drop_next_stream() {
  const auto next = schedule_.next();
  if (!next) return;
  schedule_.remove_next();
  if (const auto found = streams_.find(*next); found != streams_.end()) found->second->scheduled = false;
}

// ngtcp2 reports only the window of a stream that opens, not that of the connection.
void quic_connection::retry_blocked_streams() {
  if (blocked_.empty() || ngtcp2_conn_get_max_data_left(conn_) == 0) return;
  for (const auto id : std::exchange(blocked_, {})) {
    const auto found = streams_.find(id);
    if (found == streams_.end()) continue;
    auto& stream = *found->second;
    stream.blocked = false;
    if (!stream.has_output() || stream.scheduled) continue;
    stream.scheduled = true;
    schedule_.add(id, stream.queue.unsent());
  }
}

}  // namespace mesh::quic
