#include "agent/p2p/node.hpp"

#include "agent/p2p/close_code.hpp"
#include "agent/p2p/node_state.hpp"
#include "core/base/log.hpp"
#include "core/capability/token.hpp"

#include <algorithm>
#include <chrono>

namespace mesh::p2p {

node::node(node_config config, dialer& dial, node_observer& observer)
    : state_(std::make_unique<node_state>(std::move(config), dial, observer, cache_)) {}

node::~node() {
  for (auto& [key, d] : state_->dials)
    for (const auto number : d.under_way) state_->dial.cancel(number);
}

void node::set_keys(capability::keyring keys) {
  state_->config.keys = std::move(keys);
}

result<void> node::announce(announced_session session) {
  const auto now = state_->config.server_now();
  if (auto known = state_->check_key(session.peer, session.id); !known) {
    state_->refused_until = std::max(state_->refused_until, session.expires);
    return known;
  }
  const auto left = std::chrono::round<std::chrono::seconds>(session.expires - now);
  log::info("p2p", "P2P session created: session_id={}, expires_in={}", session.id.str(), left.count());
  cache_.add(std::move(session), now);
  return {};
}

void node::connect(const mesh::session_id& id, std::vector<udp_address> addresses, connected then) {
  state_->connect(id, std::move(addresses), std::move(then));
}

result<std::unique_ptr<byte_stream>> node::open_stream(const mesh::session_id& id, std::string_view purpose) {
  const auto found = state_->sessions.find(id);
  if (found == state_->sessions.end()) return fail(errc::session_unknown, "the session is not open");
  auto& session = found->second;
  if (session.lease.paused()) return fail(errc::stalled, "the session waits for its server");
  const auto link = state_->links.find(session.link);
  if (link == state_->links.end()) return fail(errc::connection_lost, "the connection is gone");
  auto stream = link->second->carrier().open_stream();
  if (!stream) return stream;
  const auto first = std::make_shared<const bytes>(
      wire::json_frame(wire::render_p2p_message(wire::stream_open{id, std::string(purpose)})));
  (*stream)->write({first, *first});
  return session.streams.add(std::move(*stream));
}

result<void> node::renew(const mesh::session_id& id, std::string_view token) {
  const auto now = state_->config.server_now();
  const auto* const known = cache_.find(id, now);
  const auto found = state_->sessions.find(id);
  if (found == state_->sessions.end()) {
    if (known == nullptr) return fail(errc::session_unknown, "no such session");
    return state_->renew_announced(*known, token);
  }
  auto claims = state_->verify_renewal(found->second, token);
  if (!claims) return pass(claims);
  state_->renewed(found->second, *claims, token);
  found->second.control->send(wire::session_renew{id, std::string(token)});
  return {};
}

void node::close_session(const mesh::session_id& id, const error& reason) {
  cache_.remove(id);
  state_->close(id, close_code::of(reason), reason);
}

void node::revoke_session(const mesh::session_id& id, std::string_view reason) {
  cache_.remove(id);
  state_->close(id, close_code::revoked,
                {errc::session_revoked, "the session was revoked: " + std::string(reason), {}});
}

void node::close_connections() {
  for (const auto& [number, link] : state_->links)
    link->carrier().close(close_code::none, "this agent stops");
}

std::vector<session_info> node::sessions() const {
  std::vector<session_info> out;
  for (const auto& [id, session] : state_->sessions) out.push_back(session.info);
  return out;
}

std::vector<connection_stats> node::stats() const {
  std::vector<connection_stats> out;
  for (const auto& [number, link] : state_->links) out.push_back(link->carrier().stats());
  return out;
}

void node::accept(std::unique_ptr<connection> incoming) {
  if (incoming->relayed())
    log::info("p2p", "Incoming connection through the server's relay");
  else
    log::info("p2p", "Incoming QUIC connection from {}", to_string(incoming->peer_address()));
  state_->add_link(std::move(incoming));
}

bool node::tick() {
  const auto now = state_->config.now();
  state_->tick_connecting(now);
  state_->tick_links(now);
  state_->tick_searches(now);
  state_->tick_sessions(now);
  cache_.purge(state_->config.server_now());
  return cache_.size() > 0 || !state_->links.empty() || !state_->attempts.empty();
}

bool node::allows(std::string_view key_sha256) const {
  return cache_.has_peer(key_sha256, state_->config.server_now()) ||
         std::ranges::any_of(state_->sessions, [&](const auto& entry) {
           return entry.second.info.peer().key_sha256 == key_sha256;
         });
}

bool node::expects_anybody() const {
  // A device that is refused for its new key is told so by TLS; silence would look like a lost network.
  const auto now = state_->config.server_now();
  return !cache_.empty(now) || !state_->sessions.empty() || now < state_->refused_until;
}

// -- sessions

void node_state::later(std::move_only_function<void()> work) {
  config.post([work = std::move(work), held = std::weak_ptr<int>(alive)]() mutable {
    if (!held.expired()) work();
  });
}

// Said loudly: either the machine was set up anew, or somebody stands in its place.
result<void> node_state::check_key(const capability::party& peer, const mesh::session_id& session) const {
  auto known = config.known->check(peer.device_id, peer.key_sha256);
  if (!known)
    log::error("p2p",
               "THE KEY OF {0} HAS CHANGED: session {1} is refused, for this machine remembers another key. "
               "Either {0} was set up anew, or someone pretends to be it. Compare the code that \"mesh-agent "
               "devices verify\" shows on both machines; if it is the same, run \"mesh-agent devices accept "
               "{0}\"",
               peer.device_id.str(), session.str());
  return known;
}

open_session& node_state::open(session_info info, std::uint64_t link,
                               std::unique_ptr<control_stream> control) {
  const auto id = info.id();
  const auto& peer = info.peer();
  if (const auto kept = config.known->meet(peer.device_id, peer.key_sha256, config.server_now()); !kept)
    log::warn("p2p", "the key of {} could not be written down: {}", peer.device_id.str(),
              kept.error().detail);
  log::info("p2p", "P2P handshake successful: session_id={}", id.str());
  const auto [at, fresh] = sessions.insert_or_assign(id, open_session{.info = std::move(info),
                                                                      .link = link,
                                                                      .control = std::move(control),
                                                                      .streams = {},
                                                                      .lease = session_lease(config.now())});
  watch_control(at->second);
  update_keep_alive(link);
  return at->second;
}

void node_state::watch_control(open_session& session) {
  const auto id = session.info.id();
  session.control->set_calls(
      {.on_message =
           [this, id](control_stream&, const wire::p2p_message& message) {
             if (const auto* renewal = std::get_if<wire::session_renew>(&message)) {
               on_peer_renewal(id, *renewal);
             } else {
               close(id, close_code::bad_frame,
                     {errc::unexpected_message,
                      std::string(wire::type_of(message)) + " on a control stream",
                      {}});
             }
           },
       .on_end = [this, id](control_stream&, const error& reason) { on_control_lost(id, reason); }});
}

void node_state::close(const mesh::session_id& id, std::uint64_t code, const error& reason) {
  if (attempts.contains(id)) {
    fail_attempt(id, reason);
    return;
  }
  const auto found = sessions.find(id);
  if (found == sessions.end()) return;
  auto streams = found->second.streams;
  streams.end_all(code, reason);
  found->second.control->reset(code);
  config.post([streams]() mutable { streams.tell_all(); });
  forget(id, reason);
}

void node_state::forget(const mesh::session_id& id, const error& reason) {
  const auto found = sessions.find(id);
  if (found == sessions.end()) return;
  log::info("p2p", "session {} closed: {}", id.str(), reason.detail);
  const auto link = found->second.link;
  bury(std::move(found->second.control));
  untold.push_back({std::move(found->second.info), std::move(found->second.streams), reason});
  sessions.erase(found);
  update_keep_alive(link);
  later([this] { tell_ended(); });
}

// Also called before a session is told to have begun: it may be one of these, begun anew.
void node_state::tell_ended() {
  for (auto& ended : std::exchange(untold, {})) {
    ended.streams.tell_all();
    observer.on_session_closed(ended.info, ended.reason);
  }
}

// The connection lives as long as a session needs it, then ends by its idle timeout.
void node_state::update_keep_alive(std::uint64_t link) {
  const auto found = links.find(link);
  if (found == links.end()) return;
  const bool needed =
      std::ranges::any_of(sessions, [&](const auto& entry) { return entry.second.link == link; }) ||
      std::ranges::any_of(attempts, [&](const auto& entry) { return entry.second.link == link; });
  found->second->carrier().keep_alive(needed);
}

result<capability::claims> node_state::verify_renewal(const open_session& session,
                                                      std::string_view token) const {
  auto claims = capability::verify(token, config.keys,
                                   {.now = config.server_now(),
                                    .own_role = session.info.own_role,
                                    .own_device_id = config.device,
                                    .own_key_sha256 = config.key_sha256,
                                    .peer_key_sha256 = session.info.peer().key_sha256,
                                    .session_id = session.info.id(),
                                    .kind = session.info.claims.kind});
  if (claims && claims->exp < session.info.claims.exp)
    return fail(errc::token_expired, "an older token than the one in use");
  return claims;
}

void node_state::renewed(open_session& session, const capability::claims& claims, std::string_view token) {
  session.info.claims = claims;
  renew_in_cache(claims, token);
  const bool resumed = session.lease.renewed(config.now());
  log::debug("p2p", "session {} renewed", session.info.id().str());
  if (resumed) later([this, info = session.info] { observer.on_session_resumed(info); });
}

result<void> node_state::renew_announced(const announced_session& known, std::string_view token) {
  const auto claims = capability::verify(token, config.keys,
                                         {.now = config.server_now(),
                                          .own_role = known.own_role,
                                          .own_device_id = config.device,
                                          .own_key_sha256 = config.key_sha256,
                                          .peer_key_sha256 = known.peer.key_sha256,
                                          .session_id = known.id,
                                          .kind = known.kind});
  if (!claims) return std::unexpected(claims.error());
  renew_in_cache(*claims, token);
  return {};
}

// So that the session can be opened once more, after a lost connection, with a token that was not used yet.
void node_state::renew_in_cache(const capability::claims& claims, std::string_view token) {
  const auto now = config.server_now();
  const bool initiates = claims.initiator.device_id == config.device;
  cache.add({.id = claims.session_id,
             .kind = claims.kind,
             .own_role = initiates ? capability::role::initiator : capability::role::target,
             .peer = initiates ? claims.target : claims.initiator,
             .room = claims.room_id,
             .token = secret(std::string(token)),
             .expires = claims.expires()},
            now);
}

void node_state::tick_sessions(steady_time now) {
  for (auto& [id, session] : sessions) {
    if (session.lease.renewal_due(now)) later([this, info = session.info] { observer.on_renewal_due(info); });
    if (session.lease.expire(now)) {
      log::warn("p2p", "session {}: no server for too long, paused", id.str());
      later([this, info = session.info] { observer.on_session_paused(info); });
    }
  }
}

}  // namespace mesh::p2p
