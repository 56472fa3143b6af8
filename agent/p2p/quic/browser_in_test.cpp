#include "agent/p2p/quic/browser_in_test.hpp"

#include "agent/p2p/quic/agents_in_test.hpp"
#include "agent/p2p/quic/native_path.hpp"
#include "agent/p2p/quic/ngtcp2_compat.hpp"
#include "agent/p2p/quic/packet_protection.hpp"
#include "agent/p2p/webtransport/memory_browser_in_test.hpp"
#include "core/crypto/random.hpp"

#include <array>
#include <stdexcept>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gnutls/gnutls.h>

namespace mesh::quic::test {

using boost::asio::ip::udp;

namespace {

constexpr std::uint64_t window = 1 << 20;
constexpr std::size_t packet_bytes_max = 1452;
constexpr std::int64_t control_stream = 2;
constexpr std::int64_t request_stream = 0;

ngtcp2_tstamp stamp() {
  return static_cast<ngtcp2_tstamp>(steady_now().time_since_epoch().count());
}

ngtcp2_cid random_id(std::size_t size) {
  ngtcp2_cid id{};
  id.datalen = size;
  crypto::fill_random(std::as_writable_bytes(std::span(id.data, size)));
  return id;
}

void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

}  // namespace

struct browser::state : std::enable_shared_from_this<state> {
  struct outgoing {
    bytes data;
    std::size_t sent = 0;
    bool last = false;
    bool last_sent = false;
  };

  state(boost::asio::io_context& on, std::uint16_t port)
      : socket(on, udp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
        agent(boost::asio::ip::address_v4::loopback(), port),
        timer(on) {
    socket.non_blocking(true);
    socket.connect(agent);
  }
  ~state() {
    if (conn != nullptr) ngtcp2_conn_del(conn);
    if (tls != nullptr) gnutls_deinit(tls);
    if (trust != nullptr) gnutls_certificate_free_credentials(trust);
  }

  static state& of(void* user) { return *static_cast<state*>(user); }

  ngtcp2_callbacks table() const {
    ngtcp2_callbacks t{};
    install(packet_protection::gnutls, t);
    t.client_initial = ngtcp2_crypto_client_initial_cb;
    t.recv_retry = ngtcp2_crypto_recv_retry_cb;
    t.recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb;
    t.get_path_challenge_data = ngtcp2_crypto_get_path_challenge_data_cb;
    t.version_negotiation = ngtcp2_crypto_version_negotiation_cb;
    t.rand = [](std::uint8_t* out, std::size_t size, const ngtcp2_rand_ctx*) {
      crypto::fill_random(std::as_writable_bytes(std::span(out, size)));
    };
    t.get_new_connection_id = [](ngtcp2_conn*, ngtcp2_cid* id, std::uint8_t* token, std::size_t size, void*) {
      *id = random_id(size);
      crypto::fill_random(std::as_writable_bytes(std::span(token, NGTCP2_STATELESS_RESET_TOKENLEN)));
      return 0;
    };
    t.recv_stream_data = [](ngtcp2_conn* c, std::uint32_t, std::int64_t id, std::uint64_t,
                            const std::uint8_t* data, std::size_t size, void* user, void*) {
      auto& heard = of(user).heard[id];
      const auto more = std::as_bytes(std::span(data, size));
      heard.insert(heard.end(), more.begin(), more.end());
      ngtcp2_conn_extend_max_stream_offset(c, id, size);
      ngtcp2_conn_extend_max_offset(c, size);
      return 0;
    };
    t.recv_datagram = [](ngtcp2_conn*, std::uint32_t, const std::uint8_t* data, std::size_t size,
                         void* user) {
      of(user).datagrams.push_back(to_hex(std::as_bytes(std::span(data, size))));
      return 0;
    };
    return t;
  }

  void start(std::uint64_t datagram_bytes_max) {
    ngtcp2_settings settings;
    ngtcp2_settings_default(&settings);
    settings.initial_ts = stamp();
    settings.no_pmtud = 1;
    ngtcp2_transport_params params;
    ngtcp2_transport_params_default(&params);
    params.initial_max_data = window;
    params.initial_max_stream_data_bidi_local = window;
    params.initial_max_stream_data_bidi_remote = window;
    params.initial_max_stream_data_uni = window;
    params.initial_max_streams_bidi = 100;
    params.initial_max_streams_uni = 100;
    params.max_udp_payload_size = 1'472;  // as Chromium
    params.max_datagram_frame_size = datagram_bytes_max;
    const auto callbacks = table();
    const auto their_id = random_id(8);
    const auto own_id = random_id(8);
    native_path first(0);
    const auto path = first.get();
    require(ngtcp2_conn_client_new(&conn, &their_id, &own_id, &path, NGTCP2_PROTO_VER_V1, &callbacks,
                                   &settings, &params, nullptr, this) == 0,
            "a connection");
    start_tls();
    ngtcp2_conn_set_tls_native_handle(conn, tls);
    listen();
    write_all();
  }

  // As a browser: certificates are judged by their hash, which is not what these tests are about.
  void start_tls() {
    constexpr auto flags = GNUTLS_CLIENT | GNUTLS_NO_TICKETS | GNUTLS_NO_END_OF_EARLY_DATA;
    require(gnutls_init(&tls, flags) == 0, "a TLS session");
    require(gnutls_set_default_priority_append(tls, "-VERS-ALL:+VERS-TLS1.3:%DISABLE_TLS13_COMPAT_MODE",
                                               nullptr, 0) == 0,
            "priorities");
    require(ngtcp2_crypto_gnutls_configure_client_session(tls) == 0, "QUIC hooks");
    require(gnutls_certificate_allocate_credentials(&trust) == 0, "credentials");
    require(gnutls_credentials_set(tls, GNUTLS_CRD_CERTIFICATE, trust) == 0, "credentials");
    std::string h3 = "h3";
    const gnutls_datum_t name{reinterpret_cast<unsigned char*>(h3.data()), 2};
    require(gnutls_alpn_set_protocols(tls, &name, 1, GNUTLS_ALPN_MANDATORY) == 0, "ALPN");
    ref.get_conn = [](ngtcp2_crypto_conn_ref* r) { return of(r->user_data).conn; };
    ref.user_data = this;
    gnutls_session_set_ptr(tls, &ref);
  }

  void listen() {
    socket.async_wait(udp::socket::wait_read,
                      [weak = weak_from_this()](const boost::system::error_code& failed) {
                        const auto self = weak.lock();
                        if (failed || !self || self->over) return;
                        self->read_all();
                        self->write_all();
                        self->listen();
                      });
  }

  void read_all() {
    std::array<std::byte, 65'536> packet;
    boost::system::error_code failed;
    for (;;) {
      const auto size = socket.receive(boost::asio::buffer(packet), 0, failed);
      if (failed || over) return;
      native_path over_path(0);
      const auto path = over_path.get();
      const ngtcp2_pkt_info info{};
      const int rv = ngtcp2_conn_read_pkt(conn, &path, &info, reinterpret_cast<std::uint8_t*>(packet.data()),
                                          size, stamp());
      if (rv == 0) continue;
      over = true;
      if (rv == NGTCP2_ERR_DRAINING) closed = ng::close_error_of(conn).error_code;
    }
  }

  void write_all() {
    if (over) return;
    std::array<std::uint8_t, packet_bytes_max> packet;
    for (;;) {
      const auto size = write_packet(packet);
      if (size <= 0) break;
      send(packet, static_cast<std::size_t>(size));
    }
    const auto expiry = ngtcp2_conn_get_expiry(conn);
    if (expiry == UINT64_MAX) return;
    timer.expires_at(std::chrono::steady_clock::time_point(std::chrono::nanoseconds(expiry)));
    timer.async_wait([weak = weak_from_this()](const boost::system::error_code& failed) {
      const auto self = weak.lock();
      if (failed || !self || self->over) return;
      if (ngtcp2_conn_handle_expiry(self->conn, stamp()) != 0) self->over = true;
      self->write_all();
    });
  }

  ngtcp2_ssize write_packet(std::span<std::uint8_t> into) {
    ngtcp2_path_storage over_path;
    ngtcp2_path_storage_zero(&over_path);
    ngtcp2_pkt_info info;
    for (auto& [id, out] : streams) {
      if (out.sent == out.data.size() && (!out.last || out.last_sent)) continue;
      ngtcp2_vec rest{reinterpret_cast<std::uint8_t*>(out.data.data()) + out.sent,
                      out.data.size() - out.sent};
      ngtcp2_ssize taken = -1;
      const auto size = ngtcp2_conn_writev_stream(
          conn, &over_path.path, &info, into.data(), into.size(), &taken,
          out.last ? NGTCP2_WRITE_STREAM_FLAG_FIN : NGTCP2_WRITE_STREAM_FLAG_NONE, id, &rest, 1, stamp());
      if (taken >= 0) {
        out.sent += static_cast<std::size_t>(taken);
        out.last_sent = out.last && out.sent == out.data.size();
      }
      return size;
    }
    return ngtcp2_conn_writev_stream(conn, &over_path.path, &info, into.data(), into.size(), nullptr,
                                     NGTCP2_WRITE_STREAM_FLAG_NONE, -1, nullptr, 0, stamp());
  }

  bool send_datagram(bytes_view data) {
    std::array<std::uint8_t, packet_bytes_max> packet;
    ngtcp2_path_storage over_path;
    ngtcp2_path_storage_zero(&over_path);
    ngtcp2_pkt_info info;
    ngtcp2_vec native{reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(data.data())), data.size()};
    int taken = 0;
    const auto size = ngtcp2_conn_writev_datagram(conn, &over_path.path, &info, packet.data(), packet.size(),
                                                  &taken, NGTCP2_WRITE_DATAGRAM_FLAG_NONE, 0, &native,
                                                  data.empty() ? 0 : 1, stamp());
    if (size > 0) send(packet, static_cast<std::size_t>(size));
    return taken != 0;
  }

  void send(std::span<const std::uint8_t> packet, std::size_t size) {
    boost::system::error_code lost;
    socket.send(boost::asio::buffer(packet.data(), size), 0, lost);
  }

  udp::socket socket;
  udp::endpoint agent;
  boost::asio::steady_timer timer;
  ngtcp2_conn* conn = nullptr;
  gnutls_session_t tls = nullptr;
  gnutls_certificate_credentials_t trust = nullptr;
  ngtcp2_crypto_conn_ref ref{};
  std::map<std::int64_t, outgoing> streams;
  std::map<std::int64_t, bytes> heard;
  std::vector<std::string> datagrams;
  std::optional<std::uint64_t> closed;
  bool over = false;
};

browser::browser(io::loop& loop, std::uint16_t port_of_agent, std::uint64_t datagram_bytes_max)
    : loop_(loop), state_(std::make_shared<state>(loop.context(), port_of_agent)) {
  state_->start(datagram_bytes_max);
}

browser::~browser() = default;

bool browser::shake_hands() {
  return run_until(loop_, [&] { return ngtcp2_conn_get_handshake_completed(state_->conn) != 0; });
}

void browser::settings() {
  write(control_stream, webtransport::test::peer_control_opening());
}

void browser::connect() {
  write(request_stream, webtransport::test::connect_request_frame());
}

bool browser::open_session() {
  if (!shake_hands()) return false;
  settings();
  connect();
  return run_until(loop_, [&] { return !heard_on(request_stream).empty(); });
}

void browser::write(std::int64_t stream, bytes_view data, bool last) {
  if (!state_->streams.contains(stream)) {
    std::int64_t opened = -1;
    const int rv = stream % 4 == 0 ? ngtcp2_conn_open_bidi_stream(state_->conn, &opened, nullptr)
                                   : ngtcp2_conn_open_uni_stream(state_->conn, &opened, nullptr);
    require(rv == 0 && opened == stream, "streams are opened in order");
  }
  // ngtcp2 reads what it has not acknowledged yet where it lies: nothing is written behind it later.
  auto& out = state_->streams[stream];
  require(out.data.empty() || data.empty(), "one write for each stream");
  if (out.data.empty()) out.data = to_bytes(data);
  out.last = last;
  state_->write_all();
}

bool browser::send_datagram(bytes_view data) {
  return state_->send_datagram(data);
}

const std::vector<std::string>& browser::datagrams() const {
  return state_->datagrams;
}

const bytes& browser::heard_on(std::int64_t stream) {
  return state_->heard[stream];
}

std::optional<std::uint64_t> browser::closed_with() const {
  return state_->closed;
}

}  // namespace mesh::quic::test
