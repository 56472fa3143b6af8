#include "agent/p2p/quic/endpoint.hpp"

#include "agent/p2p/close_code.hpp"
#include "agent/p2p/quic/endpoint_core.hpp"
#include "agent/p2p/webtransport/browser_connection.hpp"
#include "core/base/log.hpp"
#include "core/crypto/random.hpp"
#include "core/crypto/sha256.hpp"

#include <algorithm>
#include <unistd.h>

namespace mesh::quic {
namespace {

// Reading this often before anything else has its turn on the thread: 16 datagram trains each.
constexpr int reads_in_a_row_max = 4;

ngtcp2_tstamp timestamp() noexcept {
  return static_cast<ngtcp2_tstamp>(steady_now().time_since_epoch().count());
}

packet_protection protection_named(std::string_view word) {
  if (word == "gnutls") return packet_protection::gnutls;
  if (word == "ipsec-mb" && ipsec_mb_usable()) return packet_protection::ipsec_mb;
  return choose_packet_protection();
}

// The same after every start of this device, so that a peer who still talks to the last run is told at once.
crypto::sha256_digest reset_key_of(const crypto::signing_key& key) {
  const secret seed = key.seed();
  return crypto::hmac_sha256(as_bytes(seed.reveal()), as_bytes("mesh stateless reset"));
}

}  // namespace

struct endpoint::core::port {
  port(const io::executor& on, std::unique_ptr<datagram_socket> s)
      : socket(std::move(s)), waiter(on, ::dup(socket->descriptor())) {}

  std::unique_ptr<datagram_socket> socket;
  boost::asio::posix::stream_descriptor waiter;
  struct unsent_run {
    p2p::udp_address to;
    std::optional<p2p::udp_address> from_ip;
    bytes data;
    std::size_t segment;
  };
  std::optional<unsent_run> unsent;
};

endpoint::core::core(io::executor on, const crypto::signing_key& device_key, credentials identity,
                     endpoint_options options)
    : on_(std::move(on)),
      identity_(std::move(identity)),
      protection_(protection_named(options.aead)),
      policy_(options.admission),
      congestion_(options.control),
      reset_key_(reset_key_of(device_key)),
      retry_key_(crypto::random_bytes<32>()),
      timer_(on_) {
  for (auto& socket : options.sockets) ports_.push_back(std::make_unique<port>(on_, std::move(socket)));
}

endpoint::core::~core() {
  connections_.clear();
}

void endpoint::core::start() {
  log::debug("p2p", "QUIC packets are protected by {}", to_string(protection_));
  for (auto& p : ports_) wait_readable(*p);
}

void endpoint::core::stop() {
  dials_.clear();
  incoming_.clear();
  const auto now = timestamp();
  for (auto& c : connections_) c->close_now(p2p::close_code::none, "", now);
  stopped_ = true;
  connections_.clear();
  waiting_.clear();
  timer_.cancel();
  for (auto& p : ports_) p->waiter.close();
  ports_.clear();
}

void endpoint::core::serve(const std::string& alpn, const p2p::peer_authorizer& authorizer, incoming then) {
  services_[alpn] = {.identity = &identity_, .authorizer = &authorizer};
  incoming_[alpn] = std::move(then);
}

// A handshake that is under way holds on to the credentials by itself: GnuTLS keeps no copy, so the last ones
// stay until the next rotation.
void endpoint::core::serve_browsers(credentials certificate, const p2p::peer_authorizer& authorizer,
                                    incoming then) {
  former_browser_identity_ = std::exchange(browser_identity_, std::move(certificate));
  services_[webtransport::alpn] = {
      .identity = &browser_identity_, .authorizer = &authorizer, .asks_key = false};
  incoming_[webtransport::alpn] = std::move(then);
}

std::uint64_t endpoint::core::dial(const p2p::udp_address& to, const std::string& key_sha256, done then) {
  const auto number = ++last_dial_;
  const auto refuse = [&](error reason) {
    io::post(on_, [then = std::move(then), reason = std::move(reason)]() mutable {
      then(std::unexpected(reason));
    });
    return number;
  };
  if (port_for(to) == nullptr)
    return refuse({errc::address_invalid, "this machine cannot reach " + p2p::to_string(to), {}});
  auto made = quic_connection::dial(*this, identity_, protection_, {to, key_sha256, mesh_alpn});
  if (!made) return refuse(made.error());
  auto& connection = *connections_.emplace_back(std::move(*made));
  dials_.emplace(&connection, pending_dial{number, std::move(then)});
  wants_turn(connection);
  return number;
}

void endpoint::core::cancel(std::uint64_t number) {
  const auto found = std::ranges::find(dials_, number, [](const auto& entry) { return entry.second.number; });
  if (found == dials_.end()) return;
  const auto* const connection = found->first;
  dials_.erase(found);
  const auto owned = std::ranges::find(connections_, connection, &std::unique_ptr<quic_connection>::get);
  if (owned != connections_.end()) (*owned)->close_later(p2p::close_code::none, "");
}

void endpoint::core::make_reset_token(std::uint8_t* out, const ngtcp2_cid& id) {
  ngtcp2_crypto_generate_stateless_reset_token(out, reinterpret_cast<const std::uint8_t*>(reset_key_.data()),
                                               reset_key_.size(), &id);
}

void endpoint::core::on_handshake_done(quic_connection& connection) {
  log::debug("p2p", "QUIC handshake with {} done", p2p::to_string(connection.peer_address()));
  if (const auto found = dials_.find(&connection); found != dials_.end()) {
    auto then = std::move(found->second.then);
    dials_.erase(found);
    then(connection.make_handle());
    return;
  }
  const auto found = incoming_.find(connection.tls().alpn());
  if (!connection.is_server() || found == incoming_.end()) {
    connection.close_later(p2p::close_code::none, "");  // the dial was canceled
    return;
  }
  found->second(connection.make_handle());
}

void endpoint::core::on_ended(quic_connection& connection, const error& reason) {
  if (stopped_) return;
  log::debug("p2p", "QUIC with {} ended: {}", p2p::to_string(connection.peer_address()), reason.detail);
  const auto found = dials_.find(&connection);
  if (found == dials_.end()) return;
  auto then = std::move(found->second.then);
  dials_.erase(found);
  io::post(on_, [then = std::move(then), reason]() mutable { then(std::unexpected(reason)); });
}

endpoint::core::port* endpoint::core::port_for(const p2p::udp_address& to) {
  if (ports_.empty()) return nullptr;
  if (to.is_v4()) return ports_[0].get();
  return ports_.size() > 1 ? ports_[1].get() : nullptr;
}

void endpoint::core::send(const path& over, const packet_batch::run& packets) {
  auto* const p = port_for(over.remote);
  if (p == nullptr) return;
  if (p->unsent) return;  // a close packet while the kernel is full: the peer will ask again
  const auto taken = p->socket->send({over.remote, over.local_ip, packets.data, packets.segment});
  if (taken >= packets.data.size()) return;
  p->unsent.emplace(over.remote, over.local_ip, to_bytes(packets.data.subspan(taken)), packets.segment);
  ++blocked_ports_;
  wait_writable(*p);
}

// -- turns

void endpoint::core::wait_readable(port& p) {
  p.waiter.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                      [self = shared_from_this(), &p](const boost::system::error_code& failed) {
                        if (!failed && !self->stopped_) self->on_readable(p);
                      });
}

void endpoint::core::on_readable(port& p) {
  for (int i = 0; i < reads_in_a_row_max && !stopped_; ++i) {
    const auto messages = p.socket->receive(received_);
    if (messages.empty()) break;
    const auto now = timestamp();
    for (const auto& message : messages) take(message, now);
    write_all(now);
  }
  while (const auto refused = p.socket->next_refusal())
    for (auto& c : connections_) c->refused(*refused);
  turn();
  if (!stopped_) wait_readable(p);
}

void endpoint::core::wait_writable(port& p) {
  p.waiter.async_wait(boost::asio::posix::stream_descriptor::wait_write,
                      [self = shared_from_this(), &p](const boost::system::error_code& failed) {
                        if (!failed && !self->stopped_) self->on_writable(p);
                      });
}

void endpoint::core::on_writable(port& p) {
  auto run = std::move(*p.unsent);
  p.unsent.reset();
  const auto taken = p.socket->send({run.to, run.from_ip, run.data, run.segment});
  if (taken < run.data.size()) {
    run.data.erase(run.data.begin(), run.data.begin() + static_cast<std::ptrdiff_t>(taken));
    p.unsent = std::move(run);
    wait_writable(p);
    return;
  }
  --blocked_ports_;
  for (auto& c : connections_) enqueue(*c);
  turn();
}

void endpoint::core::wants_turn(quic_connection& connection) {
  if (connection.turn_wanted) return;
  enqueue(connection);
  post_turn();
}

void endpoint::core::enqueue(quic_connection& connection) {
  if (std::exchange(connection.turn_wanted, true)) return;
  waiting_.push_back(&connection);
}

void endpoint::core::post_turn() {
  if (turn_posted_ || stopped_) return;
  turn_posted_ = true;
  io::post(on_, [self = shared_from_this()] {
    self->turn_posted_ = false;
    if (!self->stopped_) self->turn();
  });
}

void endpoint::core::turn() {
  const auto now = timestamp();
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    auto& c = *connections_[i];
    if (c.expiry() > now) continue;
    c.handle_expiry(now);
    enqueue(c);
  }
  write_all(now);
  reap(now);
  arm_timer(now);
}

// Connections that have more than their share of a turn come again after everything else that waits.
void endpoint::core::write_all(ngtcp2_tstamp now) {
  for (auto* c : std::exchange(waiting_, {})) {
    c->turn_wanted = false;
    if (c->write(now, batch_)) enqueue(*c);
  }
  if (!waiting_.empty()) post_turn();
}

void endpoint::core::reap(ngtcp2_tstamp now) {
  std::erase_if(connections_, [&](const auto& c) {
    if (!c->finished(now)) return false;
    std::erase(waiting_, c.get());
    return true;
  });
}

// A timer that fires too early costs less than setting it anew for every acknowledgement.
void endpoint::core::arm_timer(ngtcp2_tstamp now) {
  ngtcp2_tstamp next = UINT64_MAX;
  for (const auto& c : connections_) next = std::min(next, c->expiry());
  if (next == UINT64_MAX || (timer_set_ <= next && timer_set_ > now)) return;
  timer_set_ = std::max(next, now);
  timer_.expires_at(steady_time(std::chrono::nanoseconds(timer_set_)));
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& failed) {
    if (failed || self->stopped_) return;
    self->timer_set_ = UINT64_MAX;
    self->turn();
  });
}

// -- the public face

result<std::unique_ptr<endpoint>> endpoint::start(const io::executor& on,
                                                  const crypto::signing_key& device_key,
                                                  endpoint_options options) {
  auto identity = credentials::of_device_key(device_key);
  if (!identity) return pass(identity);
  auto made = std::make_shared<core>(on, device_key, std::move(*identity), std::move(options));
  made->start();
  return std::unique_ptr<endpoint>(new endpoint(std::move(made)));
}

endpoint::endpoint(std::shared_ptr<core> c) : core_(std::move(c)) {}
endpoint::~endpoint() {
  core_->stop();
}

void endpoint::serve(const std::string& alpn, const p2p::peer_authorizer& authorizer, incoming then) {
  core_->serve(alpn, authorizer, std::move(then));
}
void endpoint::serve_browsers(credentials certificate, const p2p::peer_authorizer& authorizer,
                              incoming then) {
  core_->serve_browsers(std::move(certificate), authorizer, std::move(then));
}
std::uint64_t endpoint::dial(const p2p::udp_address& to, const std::string& key_sha256, done then) {
  return core_->dial(to, key_sha256, std::move(then));
}
void endpoint::cancel(std::uint64_t number) {
  core_->cancel(number);
}
std::size_t endpoint::connections() const {
  return core_->connections();
}
std::size_t endpoint::open_connections() const {
  return core_->open_connections();
}

}  // namespace mesh::quic
