#include "server/auth/password.hpp"

#include "core/base/escape.hpp"
#include "core/base/limits.hpp"
#include "core/crypto/sodium.hpp"

#include <array>

#include <fmt/format.h>
#include <sodium.h>

namespace mesh::auth {
namespace {

constexpr unsigned long long passes = 2;
constexpr std::size_t memory_bytes = 19456UL * 1024;

// Of random bytes that nobody kept: no password matches, and checking one takes as long as for a real
// account.
const std::string& dummy_hash() {
  static const std::string hash = [] {
    crypto::ensure_sodium();
    std::array<char, 32> password{};
    randombytes_buf(password.data(), password.size());
    return hash_password({password.data(), password.size()}).value_or("");
  }();
  return hash;
}

}  // namespace

result<std::string> hash_password(std::string_view password) {
  crypto::ensure_sodium();
  std::array<char, crypto_pwhash_argon2id_STRBYTES> out{};
  if (crypto_pwhash_argon2id_str(out.data(), password.data(), password.size(), passes, memory_bytes) != 0)
    return fail(errc::busy, "not enough memory to hash a password");
  return std::string(out.data());
}

bool verify_password(std::string_view password, const std::string& hash) {
  crypto::ensure_sodium();
  const std::string& against = hash.empty() ? dummy_hash() : hash;
  const bool equal =
      crypto_pwhash_argon2id_str_verify(against.c_str(), password.data(), password.size()) == 0;
  return equal && !hash.empty();
}

result<void> check_new_password(std::string_view password, bool loopback_only, std::string_view field) {
  if (password.empty()) return fail(errc::field_too_short, "a password is needed", std::string(field));
  if (password.size() > limits::password_bytes_max)
    return fail(errc::field_too_long,
                fmt::format("a password has at most {} bytes", limits::password_bytes_max),
                std::string(field));
  if (!loopback_only && utf8_length(password) < limits::password_chars_min_network)
    return fail(errc::password_too_short,
                fmt::format("a password has at least {} characters", limits::password_chars_min_network),
                std::string(field));
  return {};
}

}  // namespace mesh::auth
