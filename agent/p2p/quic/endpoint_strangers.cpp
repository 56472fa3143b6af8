// Datagrams as they come in: to which connection each packet belongs, and what a packet of a stranger gets.
#include "agent/p2p/quic/endpoint_core.hpp"
#include "agent/p2p/quic/socket_address.hpp"
#include "core/base/log.hpp"
#include "core/crypto/random.hpp"

#include <algorithm>

namespace mesh::quic {
namespace {

// RFC 9000 section 8.1.2: long enough for one round trip of a slow link.
constexpr ngtcp2_duration retry_token_life = 10 * NGTCP2_SECONDS;
constexpr std::size_t initial_bytes_min = 1200;  // RFC 9000 section 14.1

const std::uint8_t* raw(bytes_view data) {
  return reinterpret_cast<const std::uint8_t*>(data.data());
}

}  // namespace

void endpoint::core::take(const received_datagrams& datagrams, ngtcp2_tstamp now) {
  for (auto rest = datagrams.data; !rest.empty();) {
    const auto packet = rest.first(std::min(datagrams.segment, rest.size()));
    take_packet(datagrams, packet, now);
    rest = rest.subspan(packet.size());
  }
}

void endpoint::core::take_packet(const received_datagrams& from, bytes_view packet, ngtcp2_tstamp now) {
  ngtcp2_version_cid header{};
  const int rv = ngtcp2_pkt_decode_version_cid(&header, raw(packet), packet.size(), own_connection_id_bytes);
  if (rv == NGTCP2_ERR_VERSION_NEGOTIATION) {
    if (packet.size() >= initial_bytes_min) send_version_negotiation(from, header);
    return;
  }
  if (rv != 0) return;
  if (auto* const c = ids_.find(std::as_bytes(std::span(header.dcid, header.dcidlen)))) {
    c->read(from.from, from.to_ip, packet, now);
    enqueue(*c);
    return;
  }
  take_stranger(from, packet, header, now);
}

void endpoint::core::take_stranger(const received_datagrams& from, bytes_view packet,
                                   const ngtcp2_version_cid& header, ngtcp2_tstamp now) {
  const bool long_header = (packet[0] & std::byte{0x80}) != std::byte{0};
  if (long_header)
    take_initial(from, packet, now);
  else if (!is_stateless_reset(from, packet, now))
    send_stateless_reset(from, header, packet.size());
}

// A stateless reset carries no id of ours: only the connection can tell by its token (RFC 9000
// section 10.3.1).
bool endpoint::core::is_stateless_reset(const received_datagrams& from, bytes_view packet,
                                        ngtcp2_tstamp now) {
  for (auto& c : connections_) {
    if (!c->open() || !c->leads_to(from.from)) continue;
    c->read(from.from, from.to_ip, packet, now);
    enqueue(*c);
    if (!c->open()) return true;
  }
  return false;
}

arrival endpoint::core::arrival_now(bool proven) const {
  arrival a{.expected = false, .proven = proven, .connections = connections_.size(), .handshakes = 0};
  a.expected = std::ranges::any_of(
      services_, [](const auto& entry) { return entry.second.authorizer->expects_anybody(); });
  a.handshakes = static_cast<std::size_t>(
      std::ranges::count_if(connections_, [](const auto& c) { return c->is_server() && c->handshaking(); }));
  return a;
}

void endpoint::core::take_initial(const received_datagrams& from, bytes_view packet, ngtcp2_tstamp now) {
  ngtcp2_pkt_hd hd;
  if (ngtcp2_accept(&hd, raw(packet), packet.size()) != 0) return;
  std::optional<ngtcp2_cid> original;
  const auto token = ng::token_of(hd);
  if (!token.empty() && token[0] == NGTCP2_CRYPTO_TOKEN_MAGIC_RETRY) {
    original = check_token(hd, from.from, now);
    if (!original) {
      send_invalid_token(from, hd);
      return;
    }
  }
  switch (judge(policy_, arrival_now(original.has_value()))) {
    case verdict::drop:
      return;
    case verdict::retry:
      send_retry(from, hd, now);
      return;
    case verdict::admit:
      create(from, packet, {hd, from.from, original}, now);
      return;
  }
}

void endpoint::core::create(const received_datagrams& from, bytes_view packet,
                            const accepted_initial& initial, ngtcp2_tstamp now) {
  auto made = quic_connection::accept(*this, services_, protection_, initial);
  if (!made) {
    log::warn("p2p", "cannot take a connection: {}", made.error().detail);
    return;
  }
  auto& connection = *connections_.emplace_back(std::move(*made));
  connection.read(from.from, from.to_ip, packet, now);
  enqueue(connection);
}

std::optional<ngtcp2_cid> endpoint::core::check_token(const ngtcp2_pkt_hd& hd, const p2p::udp_address& from,
                                                      ngtcp2_tstamp now) const {
  const auto token = ng::token_of(hd);
  const auto address = to_native(from);
  ngtcp2_cid original;
  const int rv = ngtcp2_crypto_verify_retry_token(&original, token.data(), token.size(), raw(retry_key_),
                                                  retry_key_.size(), hd.version, address.native(),
                                                  address.size, &hd.dcid, retry_token_life, now);
  if (rv != 0) return std::nullopt;
  return original;
}

void endpoint::core::answer(const received_datagrams& to, bytes_view packet) {
  if (!answers_.take(steady_now())) return;
  send({.id = 0, .remote = to.from, .local_ip = to.to_ip},
       {.path = 0, .data = packet, .segment = packet.size()});
}

void endpoint::core::send_retry(const received_datagrams& to, const ngtcp2_pkt_hd& hd, ngtcp2_tstamp now) {
  const auto address = to_native(to.from);
  ngtcp2_cid id{};
  id.datalen = own_connection_id_bytes;
  fill_connection_id(std::as_writable_bytes(std::span(id.data, id.datalen)));
  std::array<std::uint8_t, NGTCP2_CRYPTO_MAX_RETRY_TOKENLEN> token;
  const auto token_size =
      ngtcp2_crypto_generate_retry_token(token.data(), raw(retry_key_), retry_key_.size(), hd.version,
                                         address.native(), address.size, &id, &hd.dcid, now);
  if (token_size < 0) return;
  std::array<std::byte, initial_bytes_min> packet;
  const auto size =
      ngtcp2_crypto_write_retry(reinterpret_cast<std::uint8_t*>(packet.data()), packet.size(), hd.version,
                                &hd.scid, &id, &hd.dcid, token.data(), static_cast<std::size_t>(token_size));
  if (size > 0) answer(to, std::span(packet).first(static_cast<std::size_t>(size)));
}

void endpoint::core::send_invalid_token(const received_datagrams& to, const ngtcp2_pkt_hd& hd) {
  std::array<std::byte, initial_bytes_min> packet;
  const auto size =
      ngtcp2_crypto_write_connection_close(reinterpret_cast<std::uint8_t*>(packet.data()), packet.size(),
                                           hd.version, &hd.scid, &hd.dcid, NGTCP2_INVALID_TOKEN, nullptr, 0);
  if (size > 0) answer(to, std::span(packet).first(static_cast<std::size_t>(size)));
}

void endpoint::core::send_version_negotiation(const received_datagrams& to,
                                              const ngtcp2_version_cid& header) {
  constexpr std::uint32_t spoken[] = {NGTCP2_PROTO_VER_V1};
  std::array<std::byte, 256> packet;
  const auto size = ngtcp2_pkt_write_version_negotiation(
      reinterpret_cast<std::uint8_t*>(packet.data()), packet.size(),
      std::to_integer<std::uint8_t>(crypto::random_bytes<1>()[0]), header.scid, header.scidlen, header.dcid,
      header.dcidlen, spoken, std::size(spoken));
  if (size > 0) answer(to, std::span(packet).first(static_cast<std::size_t>(size)));
}

// Always shorter than what it answers (RFC 9000 section 10.3.3), so that two endpoints cannot keep each other
// busy.
void endpoint::core::send_stateless_reset(const received_datagrams& to, const ngtcp2_version_cid& header,
                                          std::size_t size) {
  constexpr std::size_t size_min = NGTCP2_MIN_STATELESS_RESET_RANDLEN + NGTCP2_STATELESS_RESET_TOKENLEN;
  constexpr std::size_t padding_max = 22;  // looks like a short packet
  if (size <= size_min) return;
  ngtcp2_cid id{};
  ngtcp2_cid_init(&id, header.dcid, header.dcidlen);
  std::array<std::uint8_t, NGTCP2_STATELESS_RESET_TOKENLEN> token;
  make_reset_token(token.data(), id);
  std::array<std::uint8_t, NGTCP2_MIN_STATELESS_RESET_RANDLEN + padding_max> noise;
  crypto::fill_random(std::as_writable_bytes(std::span(noise)));
  const auto noise_size = std::min(noise.size(), size - 1 - token.size());
  std::array<std::byte, 64> packet;
  const auto written = ngtcp2_pkt_write_stateless_reset(
      reinterpret_cast<std::uint8_t*>(packet.data()), packet.size(), token.data(), noise.data(), noise_size);
  if (written > 0) answer(to, std::span(packet).first(static_cast<std::size_t>(written)));
}

}  // namespace mesh::quic
