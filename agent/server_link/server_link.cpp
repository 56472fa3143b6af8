#include "agent/server_link/server_link.hpp"

#include "agent/server_link/unreachable.hpp"
#include "core/base/log.hpp"
#include "core/crypto/random.hpp"
#include "core/io/deadline.hpp"
#include "core/net/ws_channel.hpp"

#include <utility>

#include <fmt/format.h>

namespace mesh::server_link {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view module = "link";
constexpr auto connect_timeout = 10s;
constexpr auto welcome_timeout = 10s;

}  // namespace

server_link::server_link(const io::executor& on, account& who, net::http_client& http, std::string ws_address,
                         link_calls calls)
    : account_(who),
      http_(http),
      ws_address_(std::move(ws_address)),
      calls_(std::move(calls)),
      woken_(on),
      changed_(on) {}

server_link::~server_link() = default;

std::string server_link::ws_address() const {
  if (!ws_address_.empty()) return ws_address_;
  const auto& server = account_.server_url();
  // "http…" -> "ws…", "https…" -> "wss…"
  return fmt::format("ws{}/ws", server.substr(4));
}

std::string server_link::relay_address() const {
  static constexpr std::string_view own = "/ws";
  auto address = ws_address();
  if (address.ends_with(own)) address.resize(address.size() - own.size());
  return address + "/relay";
}

io::task<> server_link::run() {
  while (true) {
    restart_wanted_ = false;
    if (!account_.signed_in()) {
      state_.signed_out();
      log::info(module,
                "Nobody is signed in on this machine; waiting for mesh-agent login or mesh-agent enroll");
      changed_.notify();
      co_await woken_.wait();
      continue;
    }
    const auto outcome = co_await connect_once();
    channel_.reset();
    if ((co_await io::this_coro::cancellation_state).cancelled() != boost::asio::cancellation_type::none)
      co_return;
    if (restart_wanted_) continue;
    const auto next = state_.lost(outcome.error(), crypto::random_below(0xFFFFFFFFU));
    changed_.notify();
    if (calls_.on_offline) calls_.on_offline(outcome.error());
    if (const auto* again = std::get_if<try_again>(&next)) {
      log::warn(module, "No connection to {} ({}: {}); next try in {:.1f} s", account_.server_url(),
                word(outcome.error().code), outcome.error().detail,
                static_cast<double>(again->delay.count()) / 1000);
      co_await woken_.wait_for(again->delay);
    } else {
      log::error(module, "{} does not let this machine in ({}: {}); run: mesh-agent login",
                 account_.server_url(), word(outcome.error().code), outcome.error().detail);
      co_await woken_.wait();
    }
  }
}

io::task<result<void>> server_link::connect_once() {
  state_.connecting();
  changed_.notify();
  if (auto registered = co_await account_.ensure_registered(); !registered) co_return registered;
  auto token = co_await upgrade();
  if (!token) co_return pass(token);
  log::info(module, "WebSocket connected");
  const auto hello = state_.connected(calls_.facts(), crypto::new_id<event_tag>().str(), wall_now());
  channel_->send(wire::render_event(hello));
  log::info(module, "Sent system.hello");
  co_return co_await converse();
}

// Opens channel_. A token that the server does not take any more is replaced once.
io::task<result<std::string>> server_link::upgrade() {
  auto tls = ws_address().starts_with("wss") ? http_.tls()
                                             : result<std::shared_ptr<const net::tls_context>>(nullptr);
  if (!tls) co_return pass(tls);
  for (int attempt = 0;; ++attempt) {
    auto token = co_await account_.access_token();
    if (!token) co_return pass(token);
    net::http_headers headers;
    headers.set("Authorization", "Bearer " + *token);
    headers.set("User-Agent", "mesh-agent/" MESH_VERSION);
    auto channel = co_await net::ws_connect(ws_address(), std::move(headers), *tls, connect_timeout);
    if (channel) {
      channel_ = std::move(*channel);
      co_return std::move(*token);
    }
    const auto& e = channel.error();
    const bool stale = e.code == errc::unauthorized || e.code == errc::token_expired;
    if (stale && account_.uses_pasted_token()) co_return fail(errc::auth_token_expired, e.detail);
    if (!stale || attempt > 0) co_return std::unexpected(unreachable(e, account_.server_url()));
    account_.forget_access_token();
  }
}

io::task<result<void>> server_link::converse() {
  while (channel_) {
    auto text = state_.phase() == link_phase::online
                    ? co_await channel_->receive()
                    : co_await io::with_deadline(channel_->receive(), welcome_timeout);
    if (!text) co_return pass(text);
    if (auto taken = take(*text); !taken) {
      if (channel_) channel_->close(net::close_code::normal, "");
      co_return taken;
    }
  }
  co_return fail(errc::connection_lost, "given up for a new one");
}

result<void> server_link::take(const std::string& text) {
  for (auto& next : state_.received(text, account_.pinned_keys(), wall_now())) {
    if (const auto* ended = std::get_if<give_up>(&next)) return std::unexpected(ended->reason);
    if (auto* online = std::get_if<now_online>(&next)) {
      if (online->pins)
        if (auto pinned = account_.pin(*online->pins); !pinned) return pinned;
      log::info(module, "Online as {} rooms={}", online->welcome.user.username, online->welcome.rooms.size());
      changed_.notify();
      if (calls_.on_online) calls_.on_online(online->welcome);
    } else if (auto* out = std::get_if<send_event>(&next)) {
      send(std::move(out->event));
    } else if (const auto* in = std::get_if<deliver_event>(&next)) {
      if (calls_.on_event) calls_.on_event(in->event);
      if (auto ack = link_state::acknowledgement(in->event)) send(std::move(*ack));
    }
  }
  return {};
}

void server_link::restart() {
  restart_wanted_ = true;
  state_.forget();
  if (channel_) channel_->close(net::close_code::going_away, "");
  woken_.notify();
}

void server_link::reconnect() {
  woken_.notify();
  if (!channel_) return;
  restart_wanted_ = true;
  // Cut: what a goodbye would have to wait for is gone.
  channel_.reset();
}

bool server_link::send(wire::event e) {
  if (!channel_ || !channel_->is_open()) return false;
  if (e.id.empty()) e.id = crypto::new_id<event_tag>().str();
  if (e.timestamp.empty()) e.timestamp = format_rfc3339(wall_now());
  channel_->send(wire::render_event(e));
  return true;
}

io::task<result<void>> server_link::wait_online(std::chrono::milliseconds at_most) {
  const auto end = steady_now() + at_most;
  while (state_.phase() != link_phase::online) {
    if (!account_.signed_in()) co_return fail(errc::not_logged_in);
    if (state_.phase() == link_phase::signed_out && state_.last_error())
      co_return std::unexpected(*state_.last_error());
    const auto left = end - steady_now();
    if (left <= 0s || !co_await changed_.wait_for(left)) {
      if (state_.last_error()) co_return std::unexpected(*state_.last_error());
      co_return fail(errc::server_unreachable, fmt::format("{} does not answer", account_.server_url()));
    }
  }
  co_return result<void>();
}

}  // namespace mesh::server_link
