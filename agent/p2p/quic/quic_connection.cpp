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
                  bool on_one_machine, ngtcp2_tstamp now) {
  ngtcp2_settings_default(&settings);
  settings.initial_ts = now;
  settings.cc_algo = ng::algorithm_of(control);
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
  set_defaults(settings, params, host_.congestion_control(), ladder_.has_value(), clock());
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
  set_defaults(settings, params, host_.congestion_control(), ladder_.has_value(), clock());
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
  now = not_earlier(now);
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

ngtcp2_tstamp quic_connection::clock() noexcept {
  return not_earlier(static_cast<ngtcp2_tstamp>(steady_now().time_since_epoch().count()));
}

void quic_connection::handle_expiry(ngtcp2_tstamp now) {
  now = not_earlier(now);
  if (phase_ == phase::ended || ngtcp2_conn_get_expiry(conn_) > now) return;
  if (const int rv = ngtcp2_conn_handle_expiry(conn_, now); rv != 0) on_failure(rv, now);
}

ngtcp2_tstamp quic_connection::expiry() const {
  if (phase_ == phase::ended) return linger_until_;
  const auto next = ngtcp2_conn_get_expiry(conn_);
  return close_wanted_ ? std::min(next, close_wanted_->at) : next;
}

p2p::connection_stats quic_connection::stats() const {
  p2p::connection_stats out;
  out.peer = p2p::to_string(peer_address());
  ng::connection_figures figures{};
  ng::read_figures(conn_, figures);
  using std::chrono::nanoseconds;
  if (figures.min_rtt != UINT64_MAX) out.rtt_min = nanoseconds(figures.min_rtt);
  // What the next packets will be, without deciding it.
  auto ahead = pacing_;
  out.paced = handshake_completed_ && figures.min_rtt != UINT64_MAX && ahead.on(nanoseconds(figures.min_rtt));
  out.rtt_smoothed = nanoseconds(figures.smoothed_rtt);
  out.rtt_latest = nanoseconds(figures.latest_rtt);
  out.congestion_window = figures.cwnd;
  out.bytes_in_flight = figures.bytes_in_flight;
  out.bytes_sent = bytes_sent_;
  out.bytes_received = bytes_received_;
  out.packets_sent = packets_sent_;
  out.packets_received = packets_received_;
  out.packets_lost = packets_lost_;
  out.datagrams_sent = datagrams_sent_;
  out.datagrams_received = datagrams_received_;
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
  if (ngtcp2_conn_initiate_key_update(conn_, clock()) != 0)
    return fail(errc::busy, "the last key update is under way");
  host_.wants_turn(*this);
  return {};
}

}  // namespace mesh::quic
