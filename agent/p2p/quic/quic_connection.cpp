#include "agent/p2p/quic/quic_connection.hpp"

#include "agent/p2p/close_code.hpp"
#include "agent/p2p/quic/datagram_socket.hpp"
#include "agent/p2p/quic/native_path.hpp"
#include "agent/p2p/quic/quic_callbacks.hpp"
#include "agent/p2p/quic/socket_address.hpp"
#include "agent/p2p/webtransport/browser_connection.hpp"
#include "agent/p2p/webtransport/error_code.hpp"
#include "core/base/clock.hpp"
#include "core/base/limits.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

namespace mesh::quic {
namespace {

constexpr ngtcp2_duration milliseconds(std::chrono::milliseconds t) {
  return static_cast<ngtcp2_duration>(t.count()) * NGTCP2_MILLISECONDS;
}

constexpr auto idle_timeout = std::chrono::seconds(30);
// Well inside the idle timeout, and inside the 30 s after which home routers forget a UDP mapping.
constexpr auto keep_alive_interval = std::chrono::seconds(10);
// The default of 333 ms makes a lost first packet cost a second.
constexpr auto initial_rtt = std::chrono::milliseconds(100);
// Received and not consumed, for each connection: enough for 1 Gbit/s at 100 ms. On a longer path QUIC raises
// it by itself, as long as what comes is consumed.
constexpr std::uint64_t window_bytes = 16 * 1024 * 1024;
constexpr std::uint64_t window_bytes_max = 64 * 1024 * 1024;
constexpr std::uint64_t streams_max = 256;
// A browser's control stream, its two QPACK streams, and a few of the kind that exist to be ignored.
constexpr std::uint64_t unidirectional_streams_max = 16;
constexpr std::uint64_t unidirectional_window_bytes = std::uint64_t{64} * 1024;
constexpr std::uint64_t datagram_bytes_max = 65535;

connection_id id_of(const ngtcp2_cid& id) {
  return connection_id(std::as_bytes(std::span(id.data, id.datalen)));
}

ngtcp2_cid random_id(std::size_t size) {
  ngtcp2_cid id{};
  id.datalen = size;
  fill_connection_id(std::as_writable_bytes(std::span(id.data, size)));
  return id;
}

void set_defaults(ngtcp2_settings& settings, ngtcp2_transport_params& params, congestion control,
                  bool on_one_machine) {
  ngtcp2_settings_default(&settings);
  settings.initial_ts = static_cast<ngtcp2_tstamp>(steady_now().time_since_epoch().count());
  settings.cc_algo = control == congestion::cubic ? NGTCP2_CC_ALGO_CUBIC : ng::cc_bbr;
  settings.max_tx_udp_payload_size = NGTCP2_MAX_PMTUD_UDP_PAYLOAD_SIZE;
  if (on_one_machine) {
    settings.no_tx_udp_payload_size_shaping = 1;
    settings.max_tx_udp_payload_size = packet_ladder::rungs.front();
  }
  settings.initial_rtt = milliseconds(initial_rtt);
  settings.handshake_timeout = milliseconds(limits::handshake_timeout);
  settings.max_window = window_bytes_max;
  settings.max_stream_window = window_bytes_max;
  ngtcp2_transport_params_default(&params);
  params.initial_max_data = window_bytes;
  params.initial_max_stream_data_bidi_local = window_bytes;
  params.initial_max_stream_data_bidi_remote = window_bytes;
  params.initial_max_streams_bidi = streams_max;
  params.max_idle_timeout = milliseconds(idle_timeout);
  params.active_connection_id_limit = 7;
}

// $MESH_PACKETS=ordinary keeps packets inside one machine as short as between machines, to compare them.
bool long_packets_wanted() {
  const char* const wanted = std::getenv("MESH_PACKETS");
  return wanted == nullptr || std::string_view(wanted) != "ordinary";
}

}  // namespace

quic_connection::quic_connection(connection_host& host, bool server, const p2p::udp_address& remote)
    : host_(host), server_(server), paths_(remote) {
  if (long_packets_wanted() && stays_on_this_machine(remote)) ladder_.emplace();
  ref_.get_conn = [](ngtcp2_crypto_conn_ref* ref) {
    return static_cast<quic_connection*>(ref->user_data)->conn_;
  };
  ref_.user_data = this;
}

quic_connection::~quic_connection() {
  end({errc::canceled, "this program is ending", {}}, 0);
  for (const auto& id : ids_) host_.remove_id(id);
  ngtcp2_conn_del(conn_);
}

result<std::unique_ptr<quic_connection>> quic_connection::dial(connection_host& host,
                                                               const credentials& identity,
                                                               packet_protection protection,
                                                               const dial_target& to) {
  std::unique_ptr<quic_connection> made(new quic_connection(host, false, to.address));
  if (auto started = made->start_client(identity, protection, to); !started) return pass(started);
  return made;
}

result<std::unique_ptr<quic_connection>> quic_connection::accept(connection_host& host,
                                                                 const alpn_services& services,
                                                                 packet_protection protection,
                                                                 const accepted_initial& initial) {
  std::unique_ptr<quic_connection> made(new quic_connection(host, true, initial.from));
  if (auto started = made->start_server(services, protection, initial); !started) return pass(started);
  return made;
}

result<void> quic_connection::start_client(const credentials& identity, packet_protection protection,
                                           const dial_target& to) {
  ngtcp2_settings settings;
  ngtcp2_transport_params params;
  set_defaults(settings, params, host_.congestion_control(), ladder_.has_value());
  // The server half, which follows the paths of others, must not say so: ngtcp2 0.12 then ends the program by
  // an assertion when a peer goes back to its old path (found by fuzzing). Its probes there cost a few
  // packets.
  settings.no_pmtud = ladder_ ? 1 : 0;
  const auto table = callbacks::table(protection, false);
  const auto their_id = random_id(16);
  const auto own_id = random_id(own_connection_id_bytes);
  native_path first(0);
  const auto path = first.get();
  const int rv = ngtcp2_conn_client_new(&conn_, &their_id, &own_id, &path, NGTCP2_PROTO_VER_V1, &table,
                                        &settings, &params, nullptr, this);
  if (rv != 0) return fail(errc::internal, fmt::format("QUIC: {}", ngtcp2_strerror(rv)));
  ids_.push_back(id_of(own_id));
  host_.add_id(ids_.back(), *this);
  left_by_ = own_address_towards(to.address);
  auto tls = tls_session::client(identity, to.alpn, to.key_sha256, protection, ref_);
  if (!tls) return pass(tls);
  attach_tls(std::move(*tls));
  return {};
}

result<void> quic_connection::start_server(const alpn_services& services, packet_protection protection,
                                           const accepted_initial& initial) {
  ngtcp2_settings settings;
  ngtcp2_transport_params params;
  set_defaults(settings, params, host_.congestion_control(), ladder_.has_value());
  const auto own_id = random_id(own_connection_id_bytes);
  ng::set_original_dcid(params, initial.original_dcid.value_or(initial.hd.dcid));
  if (initial.original_dcid) {
    params.retry_scid = initial.hd.dcid;
    params.retry_scid_present = 1;
    ng::set_token(settings, ng::token_of(initial.hd));
  }
  params.initial_max_streams_uni = unidirectional_streams_max;
  params.initial_max_stream_data_uni = unidirectional_window_bytes;
  params.max_datagram_frame_size = datagram_bytes_max;  // RFC 9297 section 2.1.1 asks for it
  params.stateless_reset_token_present = 1;
  host_.make_reset_token(params.stateless_reset_token, own_id);
  const auto table = callbacks::table(protection, true);
  native_path first(0);
  const auto path = first.get();
  const int rv = ngtcp2_conn_server_new(&conn_, &initial.hd.scid, &own_id, &path, initial.hd.version, &table,
                                        &settings, &params, nullptr, this);
  if (rv != 0) return fail(errc::internal, fmt::format("QUIC: {}", ngtcp2_strerror(rv)));
  // Until the client has seen our id it uses the one it made up.
  for (const auto& id : {id_of(own_id), id_of(initial.hd.dcid)}) {
    ids_.push_back(id);
    host_.add_id(id, *this);
  }
  auto tls = tls_session::server(services, protection, ref_);
  if (!tls) return pass(tls);
  attach_tls(std::move(*tls));
  return {};
}

void quic_connection::attach_tls(std::unique_ptr<tls_session> tls) {
  tls_ = std::move(tls);
  ngtcp2_conn_set_tls_native_handle(conn_, tls_->native());
}

void quic_connection::read(const p2p::udp_address& from, const std::optional<p2p::udp_address>& to_ip,
                           bytes_view packet, ngtcp2_tstamp now) {
  bytes_received_ += packet.size();
  ++packets_received_;
  if (phase_ == phase::ended) {
    answer_stray_packet(now);
    return;
  }
  auto* const over = path_from(from);
  if (over == nullptr) return;
  if (server_ && to_ip) over->local_ip = to_ip;
  native_path native(over->id);
  const auto path = native.get();
  ngtcp2_pkt_info info{};
  const int rv = ngtcp2_conn_read_pkt(
      conn_, &path, &info, reinterpret_cast<const std::uint8_t*>(packet.data()), packet.size(), now);
  if (rv != 0) {
    on_failure(rv, now);
    return;
  }
  heard_ = true;
  heard_at_ = now;
  announce_handshake();
}

// ngtcp2 completes the handshake while reading on one side and while writing on the other; either way it is
// told outside of ngtcp2.
void quic_connection::announce_handshake() {
  if (phase_ != phase::handshaking || !handshake_completed_) return;
  phase_ = phase::open;
  // What browsers say of themselves in max_udp_payload_size is less than a long packet.
  if (ladder_ && speaks_http3()) ladder_->give_up();
  host_.on_handshake_done(*this);
}

bool quic_connection::speaks_http3() const {
  return server_ && tls_ && tls_->alpn() == webtransport::alpn;
}

error quic_connection::meaning_of(std::uint64_t code) const {
  return speaks_http3() ? webtransport::meaning_of(code) : p2p::close_code::to_error(code);
}

void quic_connection::handle_expiry(ngtcp2_tstamp now) {
  if (phase_ == phase::ended || expiry() > now) return;
  if (const int rv = ngtcp2_conn_handle_expiry(conn_, now); rv != 0) on_failure(rv, now);
}

ngtcp2_tstamp quic_connection::expiry() const {
  return phase_ == phase::ended ? linger_until_ : ngtcp2_conn_get_expiry(conn_);
}

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

void quic_connection::close_later(std::uint64_t code, std::string_view reason) {
  if (phase_ == phase::ended || close_wanted_) return;
  close_wanted_.emplace(code, reason);
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

p2p::connection_stats quic_connection::stats() const {
  p2p::connection_stats out;
  out.peer = p2p::to_string(peer_address());
  ng::connection_figures figures{};
  ng::read_figures(conn_, figures);
  using std::chrono::nanoseconds;
  if (figures.min_rtt != UINT64_MAX) out.rtt_min = nanoseconds(figures.min_rtt);
  out.rtt_smoothed = nanoseconds(figures.smoothed_rtt);
  out.rtt_latest = nanoseconds(figures.latest_rtt);
  out.congestion_window = figures.cwnd;
  out.bytes_in_flight = figures.bytes_in_flight;
  out.bytes_sent = bytes_sent_;
  out.bytes_received = bytes_received_;
  out.packets_sent = packets_sent_;
  out.packets_received = packets_received_;
  out.packets_lost = packets_lost_;
  for (const auto& [id, stream] : streams_) out.packets_lost += ngtcp2_conn_get_stream_loss_count(conn_, id);
  return out;
}

void quic_connection::keep_alive(bool on) {
  if (phase_ == phase::ended) return;
  ng::set_keep_alive(conn_, on ? milliseconds(keep_alive_interval) : 0);
  host_.wants_turn(*this);
}

result<void> quic_connection::update_keys() {
  if (phase_ != phase::open) return fail(errc::connection_lost);
  const auto now = static_cast<ngtcp2_tstamp>(steady_now().time_since_epoch().count());
  if (ngtcp2_conn_initiate_key_update(conn_, now) != 0)
    return fail(errc::busy, "the last key update is under way");
  host_.wants_turn(*this);
  return {};
}

}  // namespace mesh::quic
