#include "core/crypto/p256.hpp"

#include "core/crypto/c_library.hpp"
#include "core/crypto/sign.hpp"

#include <algorithm>
#include <array>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

namespace mesh::crypto {
namespace {

using key_handle = owned<EVP_PKEY, EVP_PKEY_free>;
using context_handle = owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using signature_handle = owned<ECDSA_SIG, ECDSA_SIG_free>;

// SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 } BIT STRING { 0x04 ... } }: the only form accepted, so
// that one key has one fingerprint.
constexpr std::array<std::uint8_t, 27> spki_prefix = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48,
                                                      0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48,
                                                      0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};

// Refuses points that are not on the curve.
key_handle load(bytes_view der) {
  const auto* at = raw(der);
  return key_handle(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
}

// r and s as the DER form that OpenSSL verifies; empty when out of memory.
bytes signature_der(bytes_view pair) {
  const signature_handle parts(ECDSA_SIG_new());
  auto* r = BN_bin2bn(raw(pair), 32, nullptr);
  auto* s = BN_bin2bn(raw(pair) + 32, 32, nullptr);
  if (!parts || r == nullptr || s == nullptr || ECDSA_SIG_set0(parts.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return {};
  }
  unsigned char* out = nullptr;
  const int size = i2d_ECDSA_SIG(parts.get(), &out);
  if (size <= 0) return {};
  const auto* first = reinterpret_cast<const std::byte*>(out);
  bytes der(first, first + size);
  OPENSSL_free(out);
  return der;
}

}  // namespace

result<p256_public_key> p256_public_key::from_spki(bytes_view der) {
  if (der.size() != spki_bytes ||
      !std::ranges::equal(der.first(spki_prefix.size()), std::as_bytes(std::span(spki_prefix))) || !load(der))
    return fail(errc::field_invalid, "not the SubjectPublicKeyInfo of a P-256 key");
  return p256_public_key(to_bytes(der));
}

bool p256_public_key::verify(bytes_view message, bytes_view signature) const noexcept {
  if (signature.size() != signature_bytes) return false;
  const auto key = load(der_);
  const auto der = signature_der(signature);
  const context_handle context(EVP_MD_CTX_new());
  if (!key || der.empty() || !context) return false;
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), raw(der), der.size(), raw(message), message.size()) == 1;
}

std::string p256_public_key::fingerprint() const {
  return crypto::fingerprint(der_);
}

}  // namespace mesh::crypto
