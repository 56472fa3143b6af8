// Connections to peers, and what comes in on them: sessions that begin, streams that say which session they
// belong to.
#include "agent/p2p/close_code.hpp"
#include "agent/p2p/node_state.hpp"
#include "agent/p2p/ping.hpp"
#include "core/base/limits.hpp"
#include "core/base/log.hpp"

#include <algorithm>

namespace mesh::p2p {

peer_link::peer_link(node_state& owner, std::uint64_t n, std::unique_ptr<connection> c)
    : number(n),
      since(owner.config.now()),
      owner_(owner),
      connection_(std::move(c)),
      key_(connection_->peer_key_sha256()) {
  connection_->set_handler(this);
}

void peer_link::on_stream(std::unique_ptr<byte_stream> stream) {
  owner_.on_link_stream(*this, std::move(stream));
}
void peer_link::on_datagram(bytes_view data) {
  owner_.on_link_datagram(*this, data);
}
void peer_link::on_closed(const error& reason) {
  owner_.on_link_closed(*this, reason);
}

peer_link& node_state::add_link(std::unique_ptr<connection> c) {
  const auto number = ++last_link;
  return *links.emplace(number, std::make_unique<peer_link>(*this, number, std::move(c))).first->second;
}

// A browser is never the target of a session.
peer_link* node_state::link_to(std::string_view key) {
  // The newest: an older one may be silent, and only be kept for the sessions on it.
  for (auto entry = links.rbegin(); entry != links.rend(); ++entry)
    if (entry->second->key() == key && !entry->second->carrier().challenge()) return entry->second.get();
  return nullptr;
}

void node_state::on_link_stream(peer_link& link, std::unique_ptr<byte_stream> stream) {
  auto& entry = link.unnamed.emplace_back();
  entry.deadline = config.now() + limits::handshake_timeout;
  const auto drop = [this, &link](control_stream& which) {
    const auto at =
        std::ranges::find_if(link.unnamed, [&](const auto& u) { return u.stream.get() == &which; });
    if (at == link.unnamed.end()) return;
    bury(std::move(at->stream));
    link.unnamed.erase(at);
  };
  entry.stream = std::make_unique<control_stream>(
      std::move(stream),
      control_stream::calls{.on_message =
                                [this, &link, drop](control_stream& from, wire::p2p_message message) {
                                  on_first_message(link, from, std::move(message));
                                  drop(from);
                                },
                            .on_end = [drop](control_stream& from, const error&) { drop(from); }});
}

// A browser that has proved nothing yet gets no answer.
void node_state::on_link_datagram(peer_link& link, bytes_view data) {
  if (link.key().empty()) return;
  if (const auto answer = answer_to_datagram(data)) link.carrier().send_datagram(*answer);
}

void node_state::on_link_closed(peer_link& link, const error& reason) {
  log::info("p2p", "connection to {} ended: {}",
            link.carrier().relayed() ? "the relay" : to_string(link.carrier().peer_address()), reason.detail);
  // Its streams, control streams among them, were told before: every session on it is over by now.
  const auto found = links.find(link.number);
  if (found == links.end()) return;
  bury(std::move(found->second));
  links.erase(found);
}

void node_state::on_first_message(peer_link& link, control_stream& stream, wire::p2p_message message) {
  if (link.dismissed) return stream.reset(close_code::denied);
  if (const auto* hello = std::get_if<wire::p2p_hello>(&message)) {
    on_hello(link, stream, *hello);
  } else if (const auto* open = std::get_if<wire::stream_open>(&message)) {
    on_stream_open(link, stream, *open);
  } else {
    log::warn("p2p", "a stream began with {}", wire::type_of(message));
    stream.reset(close_code::bad_frame);
  }
}

result<capability::claims> node_state::judge(peer_link& link, const wire::p2p_hello& hello) {
  // Two sessions may have been announced for one device with two keys before it was met.
  if (const auto* told = cache.find(hello.session_id, config.server_now()))
    if (const auto same = check_key(told->peer, hello.session_id); !same)
      return std::unexpected(same.error());
  const auto challenge = link.carrier().challenge();
  const auto binding = link.carrier().exporter(binding_label, hello.session_id.str());
  if (!binding) return std::unexpected(binding.error());
  const hello_context context{.own_device = config.device,
                              .own_key_sha256 = config.key_sha256,
                              .peer_key_sha256 = link.key(),
                              .binding = *binding,
                              .challenge = challenge,
                              .kinds = config.kinds,
                              .server_now = config.server_now()};
  auto claims = judge_hello(hello, context, cache, config.keys, config.replay);
  if (!claims) return claims;
  if (const auto saved = config.save_replay(config.replay.serialise()); !saved)
    return fail(errc::internal, "this device cannot take note of the token: " + saved.error().detail);
  return claims;
}

void node_state::on_hello(peer_link& link, control_stream& stream, const wire::p2p_hello& hello) {
  auto claims = judge(link, hello);
  if (!claims) {
    log::warn("p2p", "P2P_HELLO for session {} refused: {} ({})", hello.session_id.str(),
              word(claims.error().code), claims.error().detail);
    stream.send_and_finish(make_deny(hello.session_id, claims.error()));
    return;
  }
  // A fresh token for a session that runs: its initiator lost the old connection before we did.
  if (sessions.contains(hello.session_id))
    close(hello.session_id, close_code::canceled,
          {errc::connection_lost, "the peer began the session anew", {}});
  tell_ended();
  const auto at =
      std::ranges::find_if(link.unnamed, [&](const auto& u) { return u.stream.get() == &stream; });
  auto control = std::move(at->stream);
  link.unnamed.erase(at);
  link.prove(claims->initiator.key_sha256);
  control->send(wire::p2p_ok{hello.session_id, protocol_version});
  session_info info{.claims = std::move(*claims),
                    .own_role = capability::role::target,
                    .peer_address = link.carrier().peer_address(),
                    .relayed = link.carrier().relayed()};
  const auto opened = open(std::move(info), link.number, std::move(control)).info;
  observer.on_session_open(opened);
}

void node_state::on_stream_open(peer_link& link, control_stream& stream, const wire::stream_open& message) {
  const auto found = sessions.find(message.session_id);
  if (found == sessions.end() || found->second.link != link.number) {
    log::warn("p2p", "a stream for session {}, which is not open", message.session_id.str());
    stream.reset(close_code::no_session);
    return;
  }
  auto& session = found->second;
  if (session.lease.paused() || !purpose_fits(session.info.claims.kind, message.purpose)) {
    log::warn("p2p", "a stream for {} in session {} refused", message.purpose, message.session_id.str());
    stream.reset(close_code::denied);
    return;
  }
  bytes_view rest;
  auto owned = session.streams.add(stream.release(rest));
  const auto info = session.info;  // the observer may close the session
  observer.on_stream(info, message.purpose, std::move(owned), rest);
}

void node_state::on_peer_renewal(const mesh::session_id& id, const wire::session_renew& message) {
  const auto found = sessions.find(id);
  if (found == sessions.end()) return;
  const auto claims = message.session_id == id ? verify_renewal(found->second, message.token)
                                               : result<capability::claims>(fail(errc::token_wrong_session));
  if (!claims) {
    log::warn("p2p", "SESSION_RENEW for session {} ignored: {}", id.str(), word(claims.error().code));
    return;
  }
  renewed(found->second, *claims, message.token);
}

void node_state::tick_links(steady_time now) {
  for (auto& [number, link] : links) {
    if (link->key().empty() && now >= link->since + limits::handshake_timeout &&
        !std::exchange(link->dismissed, true)) {
      log::info("p2p", "{} did not say who it is", to_string(link->carrier().peer_address()));
      link->carrier().close(close_code::denied, "no P2P_HELLO");
    }
    for (auto at = link->unnamed.begin(); at != link->unnamed.end();) {
      const bool late = now >= at->deadline;
      if (late) at->stream->reset(close_code::no_session);
      at = late ? link->unnamed.erase(at) : std::next(at);
    }
  }
}

}  // namespace mesh::p2p
