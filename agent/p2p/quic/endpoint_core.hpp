// The inside of endpoint: sockets, turns and the table of connections. Shared, because work posted to the
// network thread may run after the endpoint is gone. Included by .cpp files of this folder only.
#pragma once
#include "agent/p2p/quic/endpoint.hpp"
#include "agent/p2p/quic/quic_connection.hpp"
#include "core/crypto/sha256.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

namespace mesh::quic {

class endpoint::core final : public connection_host, public std::enable_shared_from_this<endpoint::core> {
 public:
  core(io::executor on, const crypto::signing_key& device_key, credentials identity,
       endpoint_options options);
  ~core() override;

  void start();
  void stop();
  void serve(const std::string& alpn, const p2p::peer_authorizer& authorizer, incoming then);
  void serve_browsers(credentials certificate, const p2p::peer_authorizer& authorizer, incoming then);
  std::uint64_t dial(const p2p::udp_address& to, const std::string& key_sha256, done then);
  void cancel(std::uint64_t number);
  std::size_t connections() const { return connections_.size(); }
  std::size_t open_connections() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(connections_, [](const auto& c) { return c->open(); }));
  }

 private:
  // A socket, its asio wait, and what it could not send yet.
  struct port;
  struct pending_dial {
    std::uint64_t number;
    done then;
  };

  // connection_host
  const io::executor& executor() const override { return on_; }
  void add_id(const connection_id& id, quic_connection& owner) override { ids_.add(id, &owner); }
  void remove_id(const connection_id& id) override { ids_.remove(id); }
  void make_reset_token(std::uint8_t* out, const ngtcp2_cid& id) override;
  void wants_turn(quic_connection& connection) override;
  void send(const path& over, const packet_batch::run& packets) override;
  bool send_blocked() const override { return blocked_ports_ > 0; }
  congestion congestion_control() const override { return congestion_; }
  void on_handshake_done(quic_connection& connection) override;
  void on_ended(quic_connection& connection, const error& reason) override;

  // turns
  void wait_readable(port& p);
  void on_readable(port& p);
  void wait_writable(port& p);
  void on_writable(port& p);
  void post_turn();
  void turn();
  void enqueue(quic_connection& connection);
  void write_all(ngtcp2_tstamp now);
  void reap(ngtcp2_tstamp now);
  void arm_timer(ngtcp2_tstamp now);
  port* port_for(const p2p::udp_address& to);

  // datagrams that belong to no connection, endpoint_strangers.cpp
  void take(const received_datagrams& datagrams, ngtcp2_tstamp now);
  void take_packet(const received_datagrams& from, bytes_view packet, ngtcp2_tstamp now);
  void take_stranger(const received_datagrams& from, bytes_view packet, const ngtcp2_version_cid& header,
                     ngtcp2_tstamp now);
  bool is_stateless_reset(const received_datagrams& from, bytes_view packet, ngtcp2_tstamp now);
  void take_initial(const received_datagrams& from, bytes_view packet, ngtcp2_tstamp now);
  void create(const received_datagrams& from, bytes_view packet, const accepted_initial& initial,
              ngtcp2_tstamp now);
  std::optional<ngtcp2_cid> check_token(const ngtcp2_pkt_hd& hd, const p2p::udp_address& from,
                                        ngtcp2_tstamp now) const;
  void answer(const received_datagrams& to, bytes_view packet);
  void send_retry(const received_datagrams& to, const ngtcp2_pkt_hd& hd, ngtcp2_tstamp now);
  void send_invalid_token(const received_datagrams& to, const ngtcp2_pkt_hd& hd);
  void send_version_negotiation(const received_datagrams& to, const ngtcp2_version_cid& header);
  void send_stateless_reset(const received_datagrams& to, const ngtcp2_version_cid& header, std::size_t size);
  arrival arrival_now(bool proven) const;

  io::executor on_;
  credentials identity_;
  credentials browser_identity_;
  credentials former_browser_identity_;
  packet_protection protection_;
  admission_policy policy_;
  congestion congestion_;
  crypto::sha256_digest reset_key_;
  std::array<std::byte, 32> retry_key_;
  alpn_services services_;
  std::map<std::string, incoming, std::less<>> incoming_;
  std::vector<std::unique_ptr<port>> ports_;
  receive_buffer received_;
  packet_batch batch_;
  connection_id_table<quic_connection> ids_;
  std::vector<std::unique_ptr<quic_connection>> connections_;
  std::map<const quic_connection*, pending_dial> dials_;
  std::vector<quic_connection*> waiting_;  // for the next turn
  boost::asio::steady_timer timer_;
  ngtcp2_tstamp timer_set_ = UINT64_MAX;
  answer_budget answers_;
  std::uint64_t last_dial_ = 0;
  std::size_t blocked_ports_ = 0;
  bool turn_posted_ = false;
  bool stopped_ = false;
};

}  // namespace mesh::quic
