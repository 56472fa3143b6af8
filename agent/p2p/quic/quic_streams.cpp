// The streams of a connection, and the handle through which the rest of the agent holds it.
#include "agent/p2p/close_code.hpp"
#include "agent/p2p/quic/quic_connection.hpp"

#include <algorithm>

namespace mesh::quic {
namespace {

constexpr auto last_words_pause = std::chrono::milliseconds(250);

bool unidirectional(std::int64_t id) noexcept {
  return (id & 2) != 0;
}

}  // namespace

void quic_connection::add_stream(const std::shared_ptr<stream_state>& stream) {
  streams_.emplace(stream->id, stream);
}

result<std::shared_ptr<stream_state>> quic_connection::open_stream() {
  return open(ngtcp2_conn_open_bidi_stream);
}

result<std::shared_ptr<stream_state>> quic_connection::open_unidirectional() {
  return open(ngtcp2_conn_open_uni_stream);
}

result<std::shared_ptr<stream_state>> quic_connection::open(int (*opened)(ngtcp2_conn*, std::int64_t*,
                                                                          void*)) {
  if (phase_ != phase::open) return fail(errc::connection_lost, "the connection is gone");
  std::int64_t id = 0;
  const int rv = opened(conn_, &id, nullptr);
  if (rv == NGTCP2_ERR_STREAM_ID_BLOCKED) return fail(errc::busy, "the peer allows no further stream now");
  if (rv != 0) return fail(errc::internal, std::string("QUIC: ") + ngtcp2_strerror(rv));
  auto stream = std::make_shared<stream_state>(host_.executor(), *this, id);
  add_stream(stream);
  return stream;
}

int quic_connection::on_stream_data(std::int64_t id, bytes_view data, bool fin) {
  auto found = streams_.find(id);
  if (found == streams_.end() && unidirectional(id) && !speaks_http3()) {
    give_credit(id, data.size());
    ng::shutdown_stream_read(conn_, id, p2p::close_code::bad_frame);
    return 0;
  }
  if (found == streams_.end()) {
    auto stream = std::make_shared<stream_state>(host_.executor(), *this, id);
    add_stream(stream);
    // Data may come together with the end of the handshake, before anybody holds the connection.
    if (handle_ != nullptr)
      handle_->on_stream(stream);
    else if (phase_ == phase::handshaking)
      early_streams_.push_back(stream);
    found = streams_.find(id);
  }
  const auto stream = found->second;  // a handler may end the connection's stream from within
  stream->received(data, fin);
  return 0;
}

void quic_connection::on_stream_acknowledged(std::int64_t id, std::uint64_t offset) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  if (ladder_) ladder_->acknowledged(id, offset, ngtcp2_conn_get_stream_loss_count(conn_, id));
  found->second->acknowledged(offset);
}

void quic_connection::on_stream_reset(std::int64_t id, std::uint64_t code) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  const auto stream = found->second;
  // An owner that let go asked for this reset; what it wrote before still goes out.
  if (stream->let_go()) return;
  stream->ended(meaning_of(code));
  ng::shutdown_stream_write(conn_, id, code);
}

void quic_connection::on_stream_closed(std::int64_t id, std::uint64_t code) {
  packets_lost_ += ngtcp2_conn_get_stream_loss_count(conn_, id);
  // One stream more for the peer, whose streams have the parity of its side (RFC 9000 section 2.1).
  const bool of_client = (id & 1) == 0;
  if (of_client == server_) {
    if (unidirectional(id))
      ngtcp2_conn_extend_max_streams_uni(conn_, 1);
    else
      ngtcp2_conn_extend_max_streams_bidi(conn_, 1);
  }
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  const auto stream = found->second;
  streams_.erase(found);
  schedule_.forget(id);
  if (ladder_) ladder_->forget(id);
  std::erase(blocked_, id);
  // STOP_SENDING of a peer that had finished its own direction shows only here.
  if (code != p2p::close_code::none) stream->ended(meaning_of(code));
  stream->detach();
}

void quic_connection::wants_send(stream_state& stream) {
  if (phase_ == phase::ended) return;
  if (!stream.scheduled && !stream.blocked) {
    stream.scheduled = true;
    schedule_.add(stream.id, stream.queue.unsent());
  }
  host_.wants_turn(*this);
}

void quic_connection::give_credit(std::int64_t stream, std::size_t count) {
  if (phase_ == phase::ended || count == 0) return;
  if (streams_.contains(stream)) ngtcp2_conn_extend_max_stream_offset(conn_, stream, count);
  ngtcp2_conn_extend_max_offset(conn_, count);
  host_.wants_turn(*this);
}

// A connection that is about to close says nothing more of single streams: HTTP/3 takes the end of its
// control stream for a fault, and then the last words of the session are not heard.
void quic_connection::shut_down(std::int64_t stream, std::uint64_t code) {
  if (phase_ == phase::ended || close_wanted_) return;
  ng::shutdown_stream(conn_, stream, code);
  host_.wants_turn(*this);
}

void quic_connection::stop_reading(std::int64_t stream, std::uint64_t code) {
  if (phase_ == phase::ended || close_wanted_) return;
  ng::shutdown_stream_read(conn_, stream, code);
  host_.wants_turn(*this);
}

std::unique_ptr<p2p::http3_carrier> quic_connection::make_handle() {
  auto made = std::make_unique<connection_handle>(*this);
  handle_ = made.get();
  for (auto& stream : std::exchange(early_streams_, {})) made->on_stream(std::move(stream));
  return made;
}

struct connection_handle::shared {
  p2p::connection_handler* handler = nullptr;
  std::vector<std::unique_ptr<p2p::byte_stream>> waiting;  // streams that came before a handler
  std::optional<error> reason;
  io::executor on;

  void tell() {
    while (handler != nullptr && !waiting.empty()) {
      auto stream = std::move(waiting.front());
      waiting.erase(waiting.begin());
      handler->on_stream(std::move(stream));
    }
    if (handler != nullptr && reason) std::exchange(handler, nullptr)->on_closed(*reason);
  }
};

connection_handle::connection_handle(quic_connection& c)
    : shared_(std::make_shared<shared>()),
      connection_(&c),
      peer_key_(c.tls().peer_key()),
      address_(c.peer_address()),
      dialed_(!c.is_server()) {
  shared_->on = c.host_.executor();
}

connection_handle::~connection_handle() {
  shared_->handler = nullptr;
  if (connection_ == nullptr) return;
  if (!connection_->closing()) connection_->close_later(p2p::close_code::none, "");
  connection_->handle_gone();
}

void connection_handle::set_handler(p2p::connection_handler* handler) {
  shared_->handler = handler;
  if (handler != nullptr && (!shared_->waiting.empty() || shared_->reason))
    io::post(shared_->on, [s = shared_] { s->tell(); });
}

result<p2p::channel_binding> connection_handle::exporter(std::string_view label,
                                                         std::string_view context) const {
  if (connection_ == nullptr) return fail(errc::connection_lost, "the connection is gone");
  return connection_->tls().exporter(label, context);
}

result<std::unique_ptr<p2p::byte_stream>> connection_handle::open_stream() {
  if (connection_ == nullptr) return fail(errc::connection_lost, "the connection is gone");
  auto stream = connection_->open_stream();
  if (!stream) return pass(stream);
  return std::make_unique<stream_handle>(std::move(*stream));
}

result<std::unique_ptr<p2p::byte_stream>> connection_handle::open_unidirectional() {
  if (connection_ == nullptr) return fail(errc::connection_lost, "the connection is gone");
  auto stream = connection_->open_unidirectional();
  if (!stream) return pass(stream);
  return std::make_unique<stream_handle>(std::move(*stream));
}

void connection_handle::send_datagram(bytes_view data) {
  if (connection_ != nullptr) connection_->send_datagram(data);
}

void connection_handle::keep_alive(bool on) {
  if (connection_ != nullptr) connection_->keep_alive(on);
}

void connection_handle::close(std::uint64_t code, std::string_view reason) {
  if (connection_ != nullptr) connection_->close_later(code, reason);
}

void connection_handle::close_soon(std::uint64_t code, std::string_view reason) {
  if (connection_ != nullptr) connection_->close_later(code, reason, last_words_pause);
}

// Where it lives now; once it ended, where it was dialed.
p2p::udp_address connection_handle::peer_address() const {
  return connection_ == nullptr ? address_ : connection_->peer_address();
}

result<void> connection_handle::try_address(const p2p::udp_address& to) {
  if (connection_ == nullptr) return fail(errc::busy, "the connection is gone");
  return connection_->try_address(to);
}

void connection_handle::own_address_changed() {
  if (connection_ != nullptr) connection_->own_address_changed();
}

p2p::connection_stats connection_handle::stats() const {
  return connection_ == nullptr ? p2p::connection_stats() : connection_->stats();
}

result<void> connection_handle::update_keys() {
  if (connection_ == nullptr) return fail(errc::connection_lost);
  return connection_->update_keys();
}

void connection_handle::on_stream(std::shared_ptr<stream_state> stream) {
  auto handle = std::make_unique<stream_handle>(std::move(stream));
  if (shared_->handler != nullptr && shared_->waiting.empty())
    shared_->handler->on_stream(std::move(handle));
  else
    shared_->waiting.push_back(std::move(handle));
}

void connection_handle::on_datagram(bytes_view data) {
  if (shared_->handler != nullptr) shared_->handler->on_datagram(data);
}

void connection_handle::on_ended(const error& reason) {
  connection_ = nullptr;
  shared_->reason = reason;
  // The streams of the connection posted their end before this.
  io::post(shared_->on, [s = shared_] { s->tell(); });
}

}  // namespace mesh::quic
