// One QUIC connection: an ngtcp2_conn with its TLS session, paths and streams. Included by .cpp files of this
// folder only; the rest sees p2p::connection.
#pragma once
#include "agent/p2p/http3_carrier.hpp"
#include "agent/p2p/quic/congestion.hpp"
#include "agent/p2p/quic/connection_id.hpp"
#include "agent/p2p/quic/ngtcp2_compat.hpp"
#include "agent/p2p/quic/pacing.hpp"
#include "agent/p2p/quic/packet_batch.hpp"
#include "agent/p2p/quic/packet_ladder.hpp"
#include "agent/p2p/quic/path_table.hpp"
#include "agent/p2p/quic/quic_stream.hpp"
#include "agent/p2p/quic/send_schedule.hpp"
#include "agent/p2p/quic/tls_session.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mesh::quic {

class connection_handle;

// What a connection needs from the endpoint that owns it.
class connection_host {
 public:
  virtual ~connection_host() = default;
  virtual const io::executor& executor() const = 0;
  virtual void add_id(const connection_id& id, quic_connection& owner) = 0;
  virtual void remove_id(const connection_id& id) = 0;
  // The stateless reset token of an id of ours: 16 bytes.
  virtual void make_reset_token(std::uint8_t* out, const ngtcp2_cid& id) = 0;
  // There is something to write: a turn follows soon, never inside this call.
  virtual void wants_turn(quic_connection& connection) = 0;
  virtual void send(const path& over, const packet_batch::run& packets) = 0;
  // The kernel takes no more datagrams until a socket is writable.
  virtual bool send_blocked() const = 0;
  virtual congestion congestion_control() const = 0;
  virtual void on_handshake_done(quic_connection& connection) = 0;
  // The connection has ended: it answers stray packets until its time is over.
  virtual void on_ended(quic_connection& connection, const error& reason) = 0;
};

struct dial_target {
  p2p::udp_address address;
  std::string key_sha256;
  std::string alpn;
};

// The first datagram of a client, after admission: original_dcid differs from hd.dcid after a Retry.
struct accepted_initial {
  const ngtcp2_pkt_hd& hd;
  p2p::udp_address from;
  std::optional<ngtcp2_cid> original_dcid;
};

class quic_connection {
 public:
  static result<std::unique_ptr<quic_connection>> dial(connection_host& host, const credentials& identity,
                                                       packet_protection protection, const dial_target& to);
  static result<std::unique_ptr<quic_connection>> accept(connection_host& host, const alpn_services& services,
                                                         packet_protection protection,
                                                         const accepted_initial& initial);
  quic_connection(const quic_connection&) = delete;
  quic_connection& operator=(const quic_connection&) = delete;
  ~quic_connection();

  // -- driven by the endpoint
  bool turn_wanted = false;  // stands in the endpoint's queue
  void read(const p2p::udp_address& from, const std::optional<p2p::udp_address>& to_ip, bytes_view packet,
            ngtcp2_tstamp now);
  void handle_expiry(ngtcp2_tstamp now);
  ngtcp2_tstamp expiry() const;
  // Writes what may be sent now; true when it stopped at its share of the turn and has more.
  bool write(ngtcp2_tstamp now, packet_batch& batch);
  bool leads_to(const p2p::udp_address& remote) noexcept { return paths_.by_remote(remote) != nullptr; }
  // ICMP: nobody listens there. Believed only while no packet of the peer has arrived.
  void refused(const p2p::udp_address& by);
  // CONNECTION_CLOSE at once.
  void close_now(std::uint64_t code, std::string_view reason, ngtcp2_tstamp now);
  // Ended, and no stray packet needs an answer any more.
  bool finished(ngtcp2_tstamp now) const { return phase_ == phase::ended && now >= linger_until_; }

  // -- used by handles and streams
  // At the next turn, or after a pause; the earlier of two counts.
  void close_later(std::uint64_t code, std::string_view reason, std::chrono::milliseconds pause = {});
  result<std::shared_ptr<stream_state>> open_stream();
  result<std::shared_ptr<stream_state>> open_unidirectional();
  void wants_send(stream_state& stream);
  // Bytes that keep the path full until their acknowledgements come back; 0 where they come back at once.
  std::size_t under_way() const;
  void give_credit(std::int64_t stream, std::size_t count);
  void shut_down(std::int64_t stream, std::uint64_t code);
  void stop_reading(std::int64_t stream, std::uint64_t code);
  void send_datagram(bytes_view data);
  void keep_alive(bool on);
  // See p2p::connection.
  result<void> try_address(const p2p::udp_address& to);
  void own_address_changed();
  // RFC 9001 section 6. Errors: busy, when the last update is not confirmed yet.
  result<void> update_keys();

  bool is_server() const noexcept { return server_; }
  bool open() const noexcept { return phase_ == phase::open; }
  bool closing() const noexcept { return close_wanted_.has_value(); }
  bool handshaking() const noexcept { return phase_ == phase::handshaking; }
  const tls_session& tls() const noexcept { return *tls_; }
  p2p::udp_address peer_address() const;
  p2p::connection_stats stats() const;

  std::unique_ptr<p2p::http3_carrier> make_handle();
  void handle_gone() noexcept { handle_ = nullptr; }

 private:
  enum class phase : std::uint8_t { handshaking, open, ended };
  struct callbacks;  // the C entry points of ngtcp2
  using packet_buffer = std::span<std::byte>;

  quic_connection(connection_host& host, bool server, const p2p::udp_address& remote);
  result<void> start_client(const credentials& identity, packet_protection protection, const dial_target& to);
  result<void> start_server(const alpn_services& services, packet_protection protection,
                            const accepted_initial& initial);
  void announce_handshake();
  // That moment, or the latest that ngtcp2 was told of: since 1.0 it ends the process when time goes back,
  // and whoever works through a batch does so by the clock of its beginning.
  ngtcp2_tstamp not_earlier(ngtcp2_tstamp now) noexcept { return latest_ = std::max(latest_, now); }
  ngtcp2_tstamp clock() noexcept;
  // A browser's: other codes, unidirectional streams, packets of ordinary size.
  bool speaks_http3() const;
  error meaning_of(std::uint64_t code) const;
  result<std::shared_ptr<stream_state>> open(int (*opened)(ngtcp2_conn*, std::int64_t*, void*));
  void attach_tls(std::unique_ptr<tls_session> tls);

  void on_datagram(bytes_view data);
  int on_stream_data(std::int64_t id, bytes_view data, bool fin);
  void on_stream_acknowledged(std::int64_t id, std::uint64_t offset);
  void on_stream_reset(std::int64_t id, std::uint64_t code);
  void on_stream_closed(std::int64_t id, std::uint64_t code);
  void add_stream(const std::shared_ptr<stream_state>& stream);

  void on_failure(int code, ngtcp2_tstamp now);
  error reason_of_failure(int code) const;
  error reason_of_peer_close() const;
  void send_close(const ng::close_error& e, const error& reason, ngtcp2_tstamp now);
  void answer_stray_packet(ngtcp2_tstamp now);
  void end(const error& reason, ngtcp2_tstamp linger_until);

  std::size_t write_packet(packet_batch& batch, const packet_batch::sink& sink, ngtcp2_tstamp now);
  // size: of the packet; 0: nothing may be sent now; < 0: an error of ngtcp2. again: no packet yet, ask once
  // more.
  struct written {
    ngtcp2_ssize size = 0;
    bool again = false;
  };
  written write_datagram(packet_buffer into, std::uint16_t& over_path, ngtcp2_tstamp now);
  written write_stream(packet_buffer into, std::uint16_t& over_path, ngtcp2_tstamp now);
  void after_stream_write(stream_state& stream, std::size_t count, bool fin);
  void drop_next_stream();
  void retry_blocked_streams();
  bool paced();
  std::uint16_t current_path() const;
  path* path_from(const p2p::udp_address& remote);
  using migration = int (*)(ngtcp2_conn*, const ngtcp2_path*, ngtcp2_tstamp);
  result<void> migrate(const p2p::udp_address& remote, migration how);

  connection_host& host_;
  const bool server_;
  phase phase_ = phase::handshaking;
  ngtcp2_conn* conn_ = nullptr;
  ngtcp2_crypto_conn_ref ref_{};
  std::unique_ptr<tls_session> tls_;
  path_table paths_;
  std::optional<p2p::udp_address> left_by_;  // the address of this machine, on the side that dialed
  ngtcp2_tstamp latest_ = 0;                 // that ngtcp2 was told
  ngtcp2_tstamp heard_at_ = 0;               // a packet came
  std::vector<connection_id> ids_;
  std::map<std::int64_t, std::shared_ptr<stream_state>> streams_;
  std::vector<std::shared_ptr<stream_state>> early_streams_;
  send_schedule schedule_;
  std::optional<packet_ladder> ladder_;  // both ends are on this machine
  std::vector<std::int64_t> blocked_;
  std::deque<bytes> datagrams_;  // not sent yet
  connection_handle* handle_ = nullptr;
  struct wanted_close {
    std::uint64_t code;
    std::string reason;
    ngtcp2_tstamp at;
  };
  std::optional<wanted_close> close_wanted_;
  bytes close_packet_;
  std::uint64_t stray_packets_ = 0;
  ngtcp2_tstamp linger_until_ = 0;
  bool handshake_completed_ = false;
  bool heard_ = false;          // a packet of the peer has arrived
  bool reset_by_peer_ = false;  // stateless
  pacing pacing_;
  std::uint64_t bytes_sent_ = 0;
  std::uint64_t bytes_received_ = 0;
  std::uint64_t packets_sent_ = 0;
  std::uint64_t packets_received_ = 0;
  std::uint64_t packets_lost_ = 0;  // of streams that are closed
  std::uint64_t datagrams_sent_ = 0;
  std::uint64_t datagrams_received_ = 0;

  friend class connection_handle;
};

// Told of streams and the end by post, so that no call into the connection is re-entered.
class connection_handle final : public p2p::http3_carrier {
 public:
  explicit connection_handle(quic_connection& c);
  ~connection_handle() override;

  void set_handler(p2p::connection_handler* handler) override;
  const std::string& peer_key_sha256() const override { return peer_key_; }
  p2p::udp_address peer_address() const override;
  bool dialed() const override { return dialed_; }
  result<p2p::channel_binding> exporter(std::string_view label, std::string_view context) const override;
  result<std::unique_ptr<p2p::byte_stream>> open_stream() override;
  result<std::unique_ptr<p2p::byte_stream>> open_unidirectional() override;
  void send_datagram(bytes_view data) override;
  void keep_alive(bool on) override;
  void close(std::uint64_t code, std::string_view reason) override;
  void close_soon(std::uint64_t code, std::string_view reason) override;
  result<void> try_address(const p2p::udp_address& to) override;
  void own_address_changed() override;
  p2p::connection_stats stats() const override;
  result<void> update_keys();

  // Called by the connection.
  void on_stream(std::shared_ptr<stream_state> stream);
  void on_datagram(bytes_view data);
  void on_ended(const error& reason);

 private:
  struct shared;  // survives the handle while something posted is under way
  std::shared_ptr<shared> shared_;
  quic_connection* connection_;
  std::string peer_key_;
  p2p::udp_address address_;
  bool dialed_;
};

}  // namespace mesh::quic
