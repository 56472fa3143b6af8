#include "agent/p2p/quic/p2p_node.hpp"

#include "agent/p2p/quic/browser_certificates.hpp"
#include "agent/p2p/quic/endpoint.hpp"
#include "agent/p2p/quic/udp_socket.hpp"
#include "agent/p2p/webtransport/browser_connection.hpp"
#include "core/base/log.hpp"
#include "core/crypto/random.hpp"
#include "core/wire/frame.hpp"
#include "core/wire/p2p_message.hpp"

#include <algorithm>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mesh::quic {
namespace {

// A rotation that the device slept through happens at the next look.
constexpr auto certificate_interval = std::chrono::minutes(10);
constexpr auto tick_interval = std::chrono::milliseconds(250);
// How long a program that ends lets browsers hear its last words, and how often it looks.
constexpr auto closing_patience = std::chrono::milliseconds(400);
constexpr auto closing_look = std::chrono::milliseconds(10);

}  // namespace

struct p2p_node::state : std::enable_shared_from_this<p2p_node::state> {
  explicit state(const io::executor& ex) : on(ex), ticker(ex), rotation(ex) {}

  void keep_ticking() {
    if (std::exchange(ticking, true)) return;
    wait();
  }
  void wait() {
    ticker.expires_after(tick_interval);
    ticker.async_wait([weak = weak_from_this()](const boost::system::error_code& failed) {
      const auto self = weak.lock();
      if (failed || !self || !self->node) return;
      if (self->node->tick())
        self->wait();
      else
        self->ticking = false;
    });
  }

  // The certificate of this moment, from the next connection on.
  void serve_browsers() {
    quic->serve_browsers(certificates->current(), *node,
                         [weak = weak_from_this()](std::unique_ptr<p2p::http3_carrier> incoming) {
                           if (const auto self = weak.lock(); self && self->node)
                             self->accept_browser(std::move(incoming));
                         });
  }
  void accept_browser(std::unique_ptr<p2p::http3_carrier> incoming) {
    const p2p::key_challenge challenge{.nonce = crypto::random_bytes<32>(),
                                       .certificate_sha256 = certificates->current().certificate_sha256()};
    auto greeting = wire::json_frame(wire::render_p2p_message(
        wire::p2p_challenge{to_base64url(challenge.nonce), to_hex(challenge.certificate_sha256)}));
    node->accept(std::make_unique<webtransport::browser_connection>(
        std::move(incoming),
        webtransport::browser_options{
            .challenge = challenge,
            .greeting = std::move(greeting),
            .allows_origin =
                [weak = weak_from_this()](const std::string& origin) {
                  const auto self = weak.lock();
                  return self && self->node && self->node->cache().has_origin(origin, self->server_now());
                },
            .post = [on = on](std::move_only_function<void()> work) { io::post(on, std::move(work)); }}));
    keep_ticking();
  }
  // When the next one is due, and in between: the clock may be set.
  void watch_certificates() {
    const std::chrono::milliseconds left = certificates->due() - server_now();
    rotation.expires_after(std::clamp<std::chrono::milliseconds>(left, tick_interval, certificate_interval));
    rotation.async_wait([weak = weak_from_this()](const boost::system::error_code& failed) {
      const auto self = weak.lock();
      if (failed || !self || !self->node) return;
      self->rotate();
      self->watch_certificates();
    });
  }
  void rotate() {
    const auto rotated = certificates->advance(server_now());
    if (!rotated) log::error("p2p", "no new certificate for browsers: {}", rotated.error().detail);
    if (rotated && *rotated) show_certificates();
  }
  void show_certificates() {
    serve_browsers();
    browsers->on_rotation();
  }

  io::executor on;
  boost::asio::steady_timer ticker;
  boost::asio::steady_timer rotation;
  std::function<wall_time()> server_now;
  std::optional<browser_service> browsers;
  std::optional<browser_certificates> certificates;
  std::uint16_t port = 0;
  bool ticking = false;
  std::unique_ptr<endpoint> quic;
  std::unique_ptr<p2p::node> node;
};

result<std::unique_ptr<p2p_node>> p2p_node::start(const io::executor& on,
                                                  const crypto::signing_key& device_key, p2p_options options,
                                                  p2p::node_observer& observer) {
  auto sockets = open_udp_sockets(options.port, options.loopback_only);
  if (!sockets) return pass(sockets);
  auto s = std::make_shared<state>(on);
  s->port = sockets->port;
  auto quic = endpoint::start(
      on, device_key,
      {.sockets = std::move(sockets->sockets), .admission = {}, .aead = {}, .control = options.control});
  if (!quic) return pass(quic);
  s->quic = std::move(*quic);
  options.node.key_sha256 = device_key.verifier().fingerprint();
  options.node.now = steady_now;
  options.node.post = [on](std::move_only_function<void()> work) { io::post(on, std::move(work)); };
  s->server_now = options.node.server_now;
  s->node = std::make_unique<p2p::node>(std::move(options.node), *s->quic, observer);
  s->quic->serve(mesh_alpn, *s->node, [weak = std::weak_ptr(s)](std::unique_ptr<p2p::connection> incoming) {
    const auto self = weak.lock();
    if (!self || !self->node) return;
    self->node->accept(std::move(incoming));
    self->keep_ticking();
  });
  if (options.browsers) {
    auto certificates = browser_certificates::make(s->server_now());
    if (!certificates) return pass(certificates);
    s->certificates = std::move(*certificates);
    s->browsers = std::move(options.browsers);
    s->serve_browsers();
    s->watch_certificates();
  }
  return std::unique_ptr<p2p_node>(new p2p_node(std::move(s)));
}

p2p_node::p2p_node(std::shared_ptr<state> s) : state_(std::move(s)) {}

p2p_node::~p2p_node() {
  state_->ticker.cancel();
  state_->rotation.cancel();
  state_->node.reset();
  state_->quic.reset();
}

std::uint16_t p2p_node::port() const noexcept {
  return state_->port;
}

result<void> p2p_node::announce_session(p2p::announced_session session) {
  auto known = state_->node->announce(std::move(session));
  state_->keep_ticking();
  return known;
}

io::task<result<p2p::session_info>> p2p_node::connect(mesh::session_id id,
                                                      std::vector<p2p::udp_address> addresses) {
  using outcome = result<p2p::session_info>;
  // Outlives the coroutine when that is cancelled first.
  struct wait {
    explicit wait(const io::executor& ex) : timer(ex, boost::asio::steady_timer::time_point::max()) {}
    boost::asio::steady_timer timer;
    std::optional<outcome> value;
  };
  const auto waiting = std::make_shared<wait>(state_->on);
  const std::weak_ptr<state> owner = state_;
  state_->node->connect(id, std::move(addresses), [waiting](outcome result) {
    waiting->value = std::move(result);
    waiting->timer.cancel();
  });
  state_->keep_ticking();
  // Cancelled: gives the attempt up while unwinding.
  struct guard {
    const std::shared_ptr<wait>& waiting;
    const std::weak_ptr<state>& owner;
    const mesh::session_id& id;
    ~guard() {
      const auto self = owner.lock();
      if (!waiting->value && self && self->node)
        self->node->close_session(id, {errc::canceled, "given up", {}});
    }
  } on_exit{waiting, owner, id};
  while (!waiting->value) {
    boost::system::error_code woken;
    co_await waiting->timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
    const auto canceled = co_await boost::asio::this_coro::cancellation_state;
    if (!waiting->value && canceled.cancelled() != boost::asio::cancellation_type::none)
      throw boost::system::system_error(boost::asio::error::operation_aborted);
  }
  co_return std::move(*waiting->value);
}

void p2p_node::accept(std::unique_ptr<p2p::connection> incoming) {
  state_->node->accept(std::move(incoming));
  state_->keep_ticking();
}
result<std::unique_ptr<p2p::byte_stream>> p2p_node::open_stream(const mesh::session_id& id,
                                                                std::string_view purpose) {
  return state_->node->open_stream(id, purpose);
}
result<void> p2p_node::renew(const mesh::session_id& id, std::string_view token) {
  return state_->node->renew(id, token);
}
void p2p_node::peer_moved(const mesh::device_id& peer, std::vector<p2p::udp_address> addresses) {
  state_->node->peer_moved(peer, std::move(addresses));
  state_->keep_ticking();
}
void p2p_node::own_address_changed() {
  state_->node->own_address_changed();
}
void p2p_node::close_session(const mesh::session_id& id, const error& reason) {
  state_->node->close_session(id, reason);
}
io::task<> p2p_node::close_connections() {
  state_->node->close_connections();
  boost::asio::steady_timer pause(state_->on);
  for (auto left = closing_patience; state_->quic->open_connections() > 0 && left.count() > 0;
       left -= closing_look) {
    pause.expires_after(closing_look);
    co_await pause.async_wait(boost::asio::use_awaitable);
  }
}
void p2p_node::revoke_session(const mesh::session_id& id, std::string_view reason) {
  state_->node->revoke_session(id, reason);
}
void p2p_node::set_keys(capability::keyring keys) {
  state_->node->set_keys(std::move(keys));
}
std::vector<crypto::sha256_digest> p2p_node::browser_hashes() const {
  return state_->certificates ? state_->certificates->hashes() : std::vector<crypto::sha256_digest>();
}
void p2p_node::server_time_learned() {
  if (state_->certificates) state_->rotate();
}
result<void> p2p_node::renew_browser_certificates() {
  if (!state_->certificates) return {};
  auto made = browser_certificates::make(state_->server_now());
  if (!made) return pass(made);
  state_->certificates = std::move(*made);
  state_->show_certificates();
  return {};
}
std::vector<p2p::session_info> p2p_node::sessions() const {
  return state_->node->sessions();
}
const p2p::session_cache& p2p_node::cache() const {
  return state_->node->cache();
}
std::vector<p2p::connection_stats> p2p_node::stats() const {
  return state_->node->stats();
}

}  // namespace mesh::quic
