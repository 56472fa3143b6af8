#include "agent/p2p/quic/endpoints_in_test.hpp"

#include "core/base/log.hpp"

namespace mesh::quic::test {

host::host(io::loop& l, settings s, const crypto::signing_key& device_key)
    : loop(l), key(crypto::signing_key::from_seed(as_bytes(device_key.seed().reveal())).value()) {
  log::configure_from_environment();
  auto sockets = open_udp_sockets(s.port, true).value();
  port = sockets.port;
  if (s.network)
    for (auto& socket : sockets.sockets)
      socket = std::make_unique<bad_socket>(std::move(socket), s.network, s.seed);
  quic = endpoint::start(loop.get_executor(), key,
                         {.sockets = std::move(sockets.sockets),
                          .admission = s.admission,
                          .aead = s.aead,
                          .control = s.control})
             .value();
  quic->serve(mesh_alpn, guests, [this](std::unique_ptr<p2p::connection> c) {
    incoming.push_back(std::make_unique<line>(std::move(c)));
  });
}

result<std::unique_ptr<line>> host::dial(const host& to, std::string expected) {
  if (expected.empty()) expected = to.fingerprint();
  return dial(to.address(), expected);
}

result<std::unique_ptr<line>> host::dial(const p2p::udp_address& to, const std::string& expected) {
  std::optional<result<std::unique_ptr<p2p::connection>>> outcome;
  quic->dial(to, expected, [&](auto made) { outcome = std::move(made); });
  if (!run_until(loop, [&] { return outcome.has_value(); }))
    return fail(errc::internal, "no outcome of dialing");
  if (!*outcome) return std::unexpected(outcome->error());
  return std::make_unique<line>(std::move(**outcome));
}

}  // namespace mesh::quic::test
