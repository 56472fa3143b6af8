#include "agent/app/plane_sessions.hpp"

#include "agent/app/server_keys.hpp"
#include "core/base/limits.hpp"
#include "core/base/log.hpp"

#include <algorithm>
#include <ctime>

#include <fmt/format.h>

namespace mesh::app {
namespace {

constexpr std::string_view module = "p2p";
// More than a packet that was lost needs to come again; what is revoked ends within a second in any case.
constexpr auto sender_word_patience = std::chrono::milliseconds(700);

// Of the machine; goes on while it sleeps.
std::chrono::nanoseconds time_since_start() {
  timespec now{};
  (void)::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace

plane_sessions::plane_sessions(io::executor on, const home& own, announced_peers& peers,
                               std::shared_ptr<p2p::known_peers> known)
    : on_(std::move(on)),
      own_(own),
      peers_(peers),
      known_(std::move(known)),
      endings_(on_, std::string(module)),
      then_(time_since_start()) {}

result<void> plane_sessions::start(const config::agent_config& config, p2p::node_observer& observer,
                                   std::function<void()> rotated) {
  const auto remembered = remembered_port(own_.dir);
  auto node = bind(config.quic_port.value_or(remembered.value_or(0)), config.cc, observer, rotated);
  // The port of last time may be taken; one that a person chose is not replaced in silence.
  if (!node && node.error().code == errc::port_in_use && !config.quic_port && remembered)
    node = bind(0, config.cc, observer, rotated);
  if (!node) return pass(node);
  node_ = std::move(*node);
  if (!config.quic_port) remember_port(own_.dir, node_->port());
  return {};
}

result<std::unique_ptr<quic::p2p_node>> plane_sessions::bind(std::uint16_t port, config::congestion_mode cc,
                                                             p2p::node_observer& observer,
                                                             const std::function<void()>& rotated) {
  p2p::node_config settings{
      .device = device_id(own_.device_id),
      .key_sha256 = own_.key.verifier().fingerprint(),
      .server_now = [this] { return server_now(); },
      .replay = restore_replay_guard(own_),
      .save_replay = [this](const std::string& text) { return save_replay_guard(own_.dir, text); },
      .known = known_};
  settings.kinds = {wire::session_kind::file, wire::session_kind::folder, wire::session_kind::terminal};
  return quic::p2p_node::start(on_, own_.key,
                               {.port = port,
                                .loopback_only = false,
                                .control = quic::congestion_named(to_string(cc)).value(),
                                .node = std::move(settings),
                                .browsers = quic::browser_service{rotated}},
                               observer);
}

void plane_sessions::trust(const std::vector<wire::signing_key_info>& keys,
                           std::chrono::milliseconds clock_offset) {
  server_then_ = wall_now() + clock_offset;
  then_ = time_since_start();
  node_->server_time_learned();
  keys_ = keyring_of(keys);
  node_->set_keys(keys_);
}

wall_time plane_sessions::server_now() const {
  return server_then_ + std::chrono::duration_cast<wall_time::duration>(time_since_start() - then_);
}

// -- what the server says

bool plane_sessions::take_event(const wire::event& e) {
  if (e.type == "p2p.session.created") {
    if (const auto done = announce(e); !done)
      log::warn(module, "a session of the server is not usable: {} ({})", word(done.error().code),
                done.error().detail);
  } else if (e.type == "p2p.session.renewed") {
    const auto renewed = wire::payload_of<wire::p2p_session_renewed>(e);
    const auto done = renewed ? node_->renew(renewed->session_id, renewed->session_token)
                              : result<void>(std::unexpected(renewed.error()));
    if (!done) log::warn(module, "a renewal is not usable: {}", word(done.error().code));
  } else if (e.type == "p2p.session.revoked") {
    const auto revoked = wire::payload_of<wire::p2p_session_revoked>(e);
    if (revoked) end(*revoked);
  } else if (e.type == "p2p.candidates") {
    peer_moved(e);
  } else {
    return false;
  }
  return true;
}

// A sender that has nothing more to say ends its session at the server too, whose word may come before its
// own, and only its own tells a pause from an end. Nobody was shut out: this side may wait for it.
void plane_sessions::end(const wire::p2p_session_revoked& told) {
  constexpr std::string_view by_a_side = "closed";
  const auto session = find(told.session_id.str());
  const auto carries = [&](wire::session_kind kind) { return session && session->claims.kind == kind; };
  const bool transfers = carries(wire::session_kind::file) || carries(wire::session_kind::folder);
  if (told.reason == by_a_side && transfers && !session->sends())
    endings_.spawn("end", end_later(told.session_id));
  else
    node_->revoke_session(told.session_id, told.reason);
}

io::task<> plane_sessions::end_later(mesh::session_id id) {
  co_await io::sleep_for(sender_word_patience);
  node_->close_session(id, {errc::canceled, "its session was closed", {}});
}

result<void> plane_sessions::announce(const wire::event& e) {
  auto created = wire::payload_of<wire::p2p_session_created>(e);
  if (!created) return pass(created);
  auto session = p2p::announced_by_event(*created);
  if (!session) return pass(session);
  if (auto done = node_->announce_session(std::move(*session)); !done) return done;
  peers_.add(std::move(*created));
  return {};
}

// A peer that never had a session with us is nobody's peer here.
void plane_sessions::peer_moved(const wire::event& e) {
  constexpr std::string_view prefix = "device:";
  const auto told = wire::payload_of<wire::p2p_candidates>(e);
  if (!told || !e.from.starts_with(prefix) || told->candidates.empty()) return;
  const device_id peer(e.from.substr(prefix.size()));
  std::vector<p2p::udp_address> addresses;
  for (const auto& c : told->candidates)
    if (const auto address = p2p::make_udp_address(c.ip, c.port);
        address && addresses.size() < limits::candidates_max)
      addresses.push_back(*address);
  peers_.moved(peer, told->candidates);
  node_->peer_moved(peer, std::move(addresses));
}

// -- sessions

io::task<result<void>> plane_sessions::connect(outgoing_session session) {
  const mesh::session_id id(session.session_id);
  if (session.and_candidates)
    for (auto& c : peers_.candidates(session.session_id)) session.addresses.push_back(std::move(c));
  std::vector<p2p::udp_address> addresses;
  for (const auto& a : session.addresses) {
    auto address = p2p::make_udp_address(a.ip, a.port);
    if (!address) co_return pass(address);
    if (std::ranges::find(addresses, *address) == addresses.end()) addresses.push_back(*address);
  }
  if (addresses.empty()) co_return fail(errc::timed_out, "the server knows no address of the other machine");
  // The server usually told us of this session already; a token that a person gives may still be another one.
  const auto* told = node_->cache().find(id, server_now());
  if (told == nullptr || told->token.reveal() != session.token.reveal()) {
    auto announced = p2p::announced_by_token(std::move(session.token), keys_, id, device_id(own_.device_id),
                                             own_.key.verifier().fingerprint(), server_now());
    if (!announced) co_return pass(announced);
    if (const auto known = node_->announce_session(std::move(*announced)); !known)
      co_return std::unexpected(known.error());
  }
  auto open = co_await node_->connect(id, std::move(addresses));
  if (!open) co_return pass(open);
  co_return result<void>();
}

std::optional<p2p::session_info> plane_sessions::find(std::string_view session_id) const {
  for (const auto& session : node_->sessions())
    if (session.id().str() == session_id) return session;
  return std::nullopt;
}

result<plane_sessions::outgoing_stream> plane_sessions::open(const std::string& session_id,
                                                             std::string_view purpose) {
  const auto session = find(session_id);
  if (!session) return fail(errc::session_unknown, session_id);
  if (!session->sends()) return fail(errc::capability_denied, "this session is for receiving");
  auto stream = node_->open_stream(session->id(), purpose);
  if (!stream) return pass(stream);
  return outgoing_stream{std::move(*stream), {session->peer().peer_id, session->peer().device_id}};
}

result<std::shared_ptr<relay::link>> plane_sessions::meet_at_relay(const std::string& session_id,
                                                                   std::function<void()> wake) {
  const auto* const known = node_->cache().find(mesh::session_id(session_id), server_now());
  if (known == nullptr || known->own_role != capability::role::target)
    return fail(errc::session_unknown, "no page has a session with this machine under " + session_id);
  return std::make_shared<relay::link>(
      *known, own_.key,
      relay::link::calls{
          .post = [on = on_](std::move_only_function<void()> work) { io::post(on, std::move(work)); },
          .wake = std::move(wake),
          .connected =
              [&node = *node_](std::unique_ptr<p2p::connection> made) { node.accept(std::move(made)); }});
}

result<std::unique_ptr<p2p::byte_stream>> plane_sessions::open_ping(const std::string& session_id) {
  return node_->open_stream(mesh::session_id(session_id), "ping");
}

std::string plane_sessions::address_of(const std::string& session_id) const {
  const auto session = find(session_id);
  if (!session) return {};
  return session->relayed ? "relayed" : p2p::to_string(session->peer_address);
}

wire::webtransport_info plane_sessions::webtransport() const {
  std::vector<std::string> hashes;
  for (const auto& hash : node_->browser_hashes()) hashes.push_back(to_hex(hash));
  return wire::sign_webtransport(std::move(hashes), own_.key);
}

// -- the end

void plane_sessions::close_session(const std::string& session_id, const error& reason) {
  node_->close_session(mesh::session_id(session_id), reason);
}

void plane_sessions::end_all(const error& reason) {
  for (const auto& session : node_->sessions()) node_->revoke_session(session.id(), word(reason.code));
}

io::task<> plane_sessions::close() {
  co_await endings_.stop();
  // Not a decision about what they carry: both sides go on later.
  const error stopping{errc::connection_lost, "this agent stops", {}};
  for (const auto& session : node_->sessions()) node_->close_session(session.id(), stopping);
  co_await io::yield();
  co_await node_->close_connections();
}

}  // namespace mesh::app
