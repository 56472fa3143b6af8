#include "agent/p2p/quic/agents_in_test.hpp"

#include "core/base/log.hpp"

#include <random>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

namespace mesh::quic::test {

bool run_until(io::loop& loop, const std::function<bool()>& done, std::chrono::seconds at_most) {
  const auto end = steady_now() + at_most;
  loop.context().restart();
  while (!done()) {
    if (steady_now() >= end) return false;
    loop.context().run_one_for(100ms);
    if (loop.context().stopped()) loop.context().restart();
  }
  return true;
}

p2p::shared_bytes shared(bytes data) {
  const auto owner = std::make_shared<const bytes>(std::move(data));
  return {owner, *owner};
}
p2p::shared_bytes shared(std::string_view text) {
  return shared(to_bytes(as_bytes(text)));
}

bytes pattern(std::size_t size, std::uint32_t seed) {
  std::mt19937_64 source(seed);
  bytes out((size + 7) / 8 * 8);
  for (std::size_t i = 0; i < out.size(); i += 8) put_be(out.data() + i, std::uint64_t{source()});
  out.resize(size);
  return out;
}

collector::collector(std::unique_ptr<p2p::byte_stream> s, bytes_view initial) : stream(std::move(s)) {
  if (!initial.empty()) on_data(initial, false);
  stream->set_handler(this);
}

void collector::on_data(bytes_view more, bool last) {
  if (keep) data.insert(data.end(), more.begin(), more.end());
  received += more.size();
  fin = fin || last;
  if (!hold_back) stream->consume(more.size());
}

void witness::on_stream(const p2p::session_info&, std::string_view purpose,
                        std::unique_ptr<p2p::byte_stream> stream, bytes_view initial) {
  purposes.emplace_back(purpose);
  auto& added = streams.emplace_back(std::move(stream), initial);
  if (on_new_stream) on_new_stream(added);
}

capability::claims authority::claims(const capability::party& from, const capability::party& to) const {
  capability::claims c;
  c.iss = capability::issuer;
  c.jti = crypto::random_text(16);
  c.iat = unix_seconds(now);
  c.exp = c.iat + 120;
  c.session_id = crypto::new_id<session_tag>();
  c.kind = wire::session_kind::file;
  c.initiator = from;
  c.target = to;
  c.caps = {"share:file"};
  return c;
}

agent::agent(io::loop& l, const authority& server, std::string n)
    : agent(l, server, std::move(n), crypto::signing_key::generate()) {}

agent::agent(io::loop& l, const authority& server, std::string n, const crypto::signing_key& device_key,
             std::uint16_t port)
    : loop(l),
      name(std::move(n)),
      key(crypto::signing_key::from_seed(as_bytes(device_key.seed().reveal())).value()) {
  p2p::node_config config{.device = mesh::device_id(name),
                          .key_sha256 = {},
                          .keys = capability::keyring(server.key.verifier()),
                          .server_now = [&server] { return server.now; },
                          .now = {},
                          .post = {},
                          .replay = capability::replay_guard::for_new_key(),
                          .save_replay =
                              [this](const std::string& text) {
                                saved_replays.push_back(text);
                                return may_save ? result<void>() : fail(errc::disk_full);
                              },
                          .known = known};
  log::configure_from_environment();
  node = p2p_node::start(loop.get_executor(), key,
                         {.port = port, .loopback_only = true, .node = std::move(config)}, seen)
             .value();
}

capability::party agent::party() const {
  return {user, mesh::device_id(name), key.verifier().fingerprint()};
}

p2p::udp_address agent::address() const {
  return p2p::make_udp_address("127.0.0.1", node->port()).value();
}

p2p::announced_session announcement(const capability::claims& c, const std::string& token,
                                    capability::role own) {
  return {.id = c.session_id,
          .kind = c.kind,
          .own_role = own,
          .peer = own == capability::role::initiator ? c.target : c.initiator,
          .room = c.room_id,
          .token = secret(token),
          .expires = c.expires()};
}

result<p2p::session_info> open_session(const authority& server, agent& from, agent& to,
                                       const capability::claims& c) {
  const auto token = server.sign(c);
  to.node->announce_session(announcement(c, token, capability::role::target));
  from.node->announce_session(announcement(c, token, capability::role::initiator));
  return from.loop.run(from.node->connect(c.session_id, {to.address()}));
}

stream_pair open_stream(agent& from, agent& to, const mesh::session_id& id, std::string_view purpose) {
  const auto before = to.seen.streams.size();
  stream_pair out;
  out.near = std::make_unique<collector>(from.node->open_stream(id, purpose).value());
  if (run_until(from.loop, [&] { return to.seen.streams.size() > before; }))
    out.far = &to.seen.streams.back();
  return out;
}

}  // namespace mesh::quic::test
