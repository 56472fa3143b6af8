#include "tests/fuzz/initial_packet.hpp"

#include "tests/fuzz/targets.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

namespace mesh::fuzz {
namespace {

using secret_bytes = std::array<std::uint8_t, 32>;

constexpr std::size_t tag_bytes = 16;
constexpr std::size_t number_bytes = 4;
constexpr std::size_t datagram_bytes_min = 1200;
constexpr std::size_t frames_bytes_max = 1300;
constexpr std::array<std::uint8_t, 20> salt = {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
                                               0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a};

gnutls_datum_t datum(const void* data, std::size_t size) {
  return {static_cast<unsigned char*>(const_cast<void*>(data)), static_cast<unsigned>(size)};
}

template <std::size_t Size>
std::array<std::uint8_t, Size> expand(const secret_bytes& from, std::string_view label) {
  bytes info = {std::byte{0}, std::byte{Size}, static_cast<std::byte>(6 + label.size())};
  for (const char c : std::string_view("tls13 ")) info.push_back(static_cast<std::byte>(c));
  for (const char c : label) info.push_back(static_cast<std::byte>(c));
  info.push_back(std::byte{0});
  std::array<std::uint8_t, Size> out;
  const auto key = datum(from.data(), from.size());
  const auto context = datum(info.data(), info.size());
  require(gnutls_hkdf_expand(GNUTLS_MAC_SHA256, &key, &context, out.data(), out.size()) == 0, "HKDF");
  return out;
}

secret_bytes client_secret(bytes_view destination_id) {
  secret_bytes common;
  const auto id = datum(destination_id.data(), destination_id.size());
  const auto salted = datum(salt.data(), salt.size());
  require(gnutls_hkdf_extract(GNUTLS_MAC_SHA256, &id, &salted, common.data()) == 0, "HKDF");
  return expand<32>(common, "client in");
}

void put_varint(bytes& out, std::size_t value) {
  std::array<std::byte, 2> two;
  put_be(two.data(), static_cast<std::uint16_t>(value | 0x4000));
  out.insert(out.end(), two.begin(), two.end());
}

void put_counted(bytes& out, bytes_view data) {
  out.push_back(static_cast<std::byte>(data.size()));
  out.insert(out.end(), data.begin(), data.end());
}

// The header up to the packet number, in the clear.
bytes header(bytes_view destination_id, bytes_view token, std::uint32_t number, std::size_t frames_size) {
  constexpr std::array source_id = {std::byte{'s'}, std::byte{'t'}, std::byte{'r'}, std::byte{'a'}};
  bytes out = {std::byte{0xc0 | (number_bytes - 1)}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{1}};
  put_counted(out, destination_id);
  put_counted(out, source_id);
  put_varint(out, token.size());
  out.insert(out.end(), token.begin(), token.end());
  put_varint(out, number_bytes + frames_size + tag_bytes);
  std::array<std::byte, number_bytes> encoded;
  put_be(encoded.data(), number);
  out.insert(out.end(), encoded.begin(), encoded.end());
  return out;
}

void encrypt(bytes& packet, std::size_t header_size, bytes_view frames, const secret_bytes& from,
             std::uint32_t number) {
  const auto key = expand<16>(from, "quic key");
  auto nonce = expand<12>(from, "quic iv");
  for (std::size_t i = 0; i < number_bytes; ++i)
    nonce[11 - i] ^= static_cast<std::uint8_t>(number >> (8 * i));
  gnutls_aead_cipher_hd_t cipher = nullptr;
  const auto native_key = datum(key.data(), key.size());
  require(gnutls_aead_cipher_init(&cipher, GNUTLS_CIPHER_AES_128_GCM, &native_key) == 0, "AEAD");
  std::size_t size = frames.size() + tag_bytes;
  packet.resize(header_size + size);
  require(
      gnutls_aead_cipher_encrypt(cipher, nonce.data(), nonce.size(), packet.data(), header_size, tag_bytes,
                                 frames.data(), frames.size(), packet.data() + header_size, &size) == 0,
      "AEAD");
  gnutls_aead_cipher_deinit(cipher);
}

// One AES block: CBC of one block with a zero vector is the same.
void hide_number(bytes& packet, std::size_t header_size, const secret_bytes& from) {
  const auto key = expand<16>(from, "quic hp");
  std::array<std::uint8_t, 16> zero{}, mask;
  const auto native_key = datum(key.data(), key.size());
  const auto vector = datum(zero.data(), zero.size());
  gnutls_cipher_hd_t cipher = nullptr;
  require(gnutls_cipher_init(&cipher, GNUTLS_CIPHER_AES_128_CBC, &native_key, &vector) == 0, "AES");
  require(
      gnutls_cipher_encrypt2(cipher, packet.data() + header_size, mask.size(), mask.data(), mask.size()) == 0,
      "AES");
  gnutls_cipher_deinit(cipher);
  packet[0] ^= static_cast<std::byte>(mask[0] & 0x0f);
  for (std::size_t i = 0; i < number_bytes; ++i)
    packet[header_size - number_bytes + i] ^= static_cast<std::byte>(mask[1 + i]);
}

}  // namespace

bytes initial_packet(bytes_view destination_id, bytes_view token, std::uint32_t number, bytes_view frames) {
  auto padded = to_bytes(frames.first(std::min(frames.size(), frames_bytes_max)));
  const auto overhead = header(destination_id, token, number, 0).size() + tag_bytes;
  padded.resize(std::max(padded.size(), datagram_bytes_min - std::min(overhead, datagram_bytes_min)));
  auto packet = header(destination_id, token, number, padded.size());
  const auto header_size = packet.size();
  const auto from = client_secret(destination_id);
  encrypt(packet, header_size, padded, from, number);
  hide_number(packet, header_size, from);
  return packet;
}

}  // namespace mesh::fuzz
