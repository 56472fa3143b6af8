#include "agent/p2p/quic/credentials.hpp"

#include "core/base/bytes.hpp"
#include "core/base/secret.hpp"
#include "core/crypto/random.hpp"
#include "core/crypto/sha256.hpp"

#include <ctime>

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

namespace mesh::quic {
namespace {

struct release_private_key {
  void operator()(gnutls_x509_privkey_t k) const noexcept { gnutls_x509_privkey_deinit(k); }
};
struct release_certificate {
  void operator()(gnutls_x509_crt_t c) const noexcept { gnutls_x509_crt_deinit(c); }
};
struct release_public_key {
  void operator()(gnutls_pubkey_t k) const noexcept { gnutls_pubkey_deinit(k); }
};
struct release_datum {
  void operator()(unsigned char* p) const noexcept { gnutls_free(p); }
};
using private_key = std::unique_ptr<gnutls_x509_privkey_int, release_private_key>;
using certificate = std::unique_ptr<gnutls_x509_crt_int, release_certificate>;
using public_key = std::unique_ptr<gnutls_pubkey_st, release_public_key>;

std::unexpected<error> failed(const char* what, int code) {
  return fail(errc::internal, std::string("TLS credentials: ") + what + ": " + gnutls_strerror(code));
}

result<private_key> import_key(const crypto::signing_key& key) {
  gnutls_x509_privkey_t made = nullptr;
  if (const int rv = gnutls_x509_privkey_init(&made); rv < 0) return failed("private key", rv);
  private_key owned(made);
  const secret seed = key.seed();
  const auto raw = key.verifier().raw();
  const gnutls_datum_t point{reinterpret_cast<unsigned char*>(const_cast<std::byte*>(raw.data())),
                             static_cast<unsigned>(raw.size())};
  const gnutls_datum_t scalar{reinterpret_cast<unsigned char*>(const_cast<char*>(seed.reveal().data())),
                              static_cast<unsigned>(seed.reveal().size())};
  const int rv = gnutls_x509_privkey_import_ecc_raw(made, GNUTLS_ECC_CURVE_ED25519, &point, nullptr, &scalar);
  if (rv < 0) return failed("private key", rv);
  return owned;
}

// Valid without end and the same after every start: peers look at the key and nothing else.
result<certificate> self_signed(gnutls_x509_privkey_t key) {
  constexpr std::time_t year_2026 = 1'767'225'600;
  constexpr std::time_t no_end = 253'402'300'799;  // RFC 5280 section 4.1.2.5: 99991231235959Z
  const unsigned char serial[] = {1};
  gnutls_x509_crt_t made = nullptr;
  if (const int rv = gnutls_x509_crt_init(&made); rv < 0) return failed("certificate", rv);
  certificate owned(made);
  int rv = gnutls_x509_crt_set_version(made, 3);
  if (rv >= 0) rv = gnutls_x509_crt_set_serial(made, serial, sizeof serial);
  if (rv >= 0) rv = gnutls_x509_crt_set_activation_time(made, year_2026);
  if (rv >= 0) rv = gnutls_x509_crt_set_expiration_time(made, no_end);
  if (rv >= 0) rv = gnutls_x509_crt_set_dn(made, "CN=mesh", nullptr);
  if (rv >= 0) rv = gnutls_x509_crt_set_key(made, key);
  if (rv >= 0) rv = gnutls_x509_crt_sign2(made, made, key, GNUTLS_DIG_SHA512, 0);
  if (rv < 0) return failed("certificate", rv);
  return owned;
}

result<private_key> new_p256_key() {
  gnutls_x509_privkey_t made = nullptr;
  if (const int rv = gnutls_x509_privkey_init(&made); rv < 0) return failed("private key", rv);
  private_key owned(made);
  const int rv = gnutls_x509_privkey_generate(made, GNUTLS_PK_ECDSA,
                                              GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
  if (rv < 0) return failed("private key", rv);
  return owned;
}

// Every line is one that Chromium asks for: without extensions, or with a longer life, it refuses.
result<certificate> browser_certificate(gnutls_x509_privkey_t key, wall_time not_before) {
  constexpr std::string_view name = "mesh-agent";
  auto serial = crypto::random_bytes<16>();
  serial[0] &= std::byte{0x7f};  // positive, RFC 5280 section 4.1.2.2
  const auto from = static_cast<std::time_t>(unix_seconds(not_before));
  constexpr std::time_t life = std::chrono::seconds(std::chrono::days(13)).count();
  gnutls_x509_crt_t made = nullptr;
  if (const int rv = gnutls_x509_crt_init(&made); rv < 0) return failed("certificate", rv);
  certificate owned(made);
  int rv = gnutls_x509_crt_set_version(made, 3);
  if (rv >= 0) rv = gnutls_x509_crt_set_serial(made, serial.data(), serial.size());
  if (rv >= 0) rv = gnutls_x509_crt_set_activation_time(made, from);
  if (rv >= 0) rv = gnutls_x509_crt_set_expiration_time(made, from + life);
  if (rv >= 0)
    rv = gnutls_x509_crt_set_dn_by_oid(made, GNUTLS_OID_X520_COMMON_NAME, 0, name.data(),
                                       static_cast<unsigned>(name.size()));
  if (rv >= 0) rv = gnutls_x509_crt_set_key(made, key);
  if (rv >= 0) rv = gnutls_x509_crt_set_basic_constraints(made, 0, -1);
  if (rv >= 0) rv = gnutls_x509_crt_set_key_usage(made, GNUTLS_KEY_DIGITAL_SIGNATURE);
  if (rv >= 0) rv = gnutls_x509_crt_set_key_purpose_oid(made, GNUTLS_KP_TLS_WWW_SERVER, 0);
  if (rv >= 0)
    rv = gnutls_x509_crt_set_subject_alt_name(made, GNUTLS_SAN_DNSNAME, name.data(),
                                              static_cast<unsigned>(name.size()), GNUTLS_FSAN_SET);
  if (rv >= 0) rv = gnutls_x509_crt_sign2(made, made, key, GNUTLS_DIG_SHA256, 0);
  if (rv < 0) return failed("certificate", rv);
  return owned;
}

}  // namespace

result<credentials> credentials::of_device_key(const crypto::signing_key& key) {
  auto imported = import_key(key);
  if (!imported) return pass(imported);
  auto carrier = self_signed(imported->get());
  if (!carrier) return pass(carrier);
  return holding(carrier->get(), imported->get());
}

result<credentials> credentials::for_browsers(wall_time not_before) {
  auto key = new_p256_key();
  if (!key) return pass(key);
  auto shown = browser_certificate(key->get(), not_before);
  if (!shown) return pass(shown);
  return holding(shown->get(), key->get());
}

result<credentials> credentials::holding(gnutls_x509_crt_t shown, gnutls_x509_privkey_t key) {
  gnutls_certificate_credentials_t made = nullptr;
  if (const int rv = gnutls_certificate_allocate_credentials(&made); rv < 0) return failed("credentials", rv);
  credentials owned;
  owned.native_.reset(made, gnutls_certificate_free_credentials);
  gnutls_x509_crt_t chain[] = {shown};
  if (const int rv = gnutls_certificate_set_x509_key(made, chain, 1, key); rv < 0)
    return failed("credentials", rv);
  gnutls_datum_t der{};
  if (const int rv = gnutls_x509_crt_export2(shown, GNUTLS_X509_FMT_DER, &der); rv < 0)
    return failed("certificate", rv);
  const std::unique_ptr<unsigned char, release_datum> owned_der(der.data);
  owned.certificate_sha256_ = crypto::sha256(std::as_bytes(std::span(der.data, der.size)));
  return owned;
}

std::string peer_key_sha256(gnutls_session_int* session) {
  if (gnutls_certificate_type_get2(session, GNUTLS_CTYPE_PEERS) != GNUTLS_CRT_X509) return {};
  unsigned count = 0;
  const gnutls_datum_t* der = gnutls_certificate_get_peers(session, &count);
  if (der == nullptr || count != 1) return {};
  gnutls_x509_crt_t made = nullptr;
  if (gnutls_x509_crt_init(&made) < 0) return {};
  const certificate owned(made);
  if (gnutls_x509_crt_import(made, der, GNUTLS_X509_FMT_DER) < 0) return {};
  gnutls_pubkey_t key = nullptr;
  if (gnutls_pubkey_init(&key) < 0) return {};
  const public_key owned_key(key);
  if (gnutls_pubkey_import_x509(key, made, 0) < 0) return {};
  if (gnutls_pubkey_get_pk_algorithm(key, nullptr) != GNUTLS_PK_EDDSA_ED25519) return {};
  gnutls_datum_t spki{};
  if (gnutls_pubkey_export2(key, GNUTLS_X509_FMT_DER, &spki) < 0) return {};
  const std::unique_ptr<unsigned char, release_datum> owned_spki(spki.data);
  // Through our own reader, which also refuses keys with which a signature would fit any message.
  const auto parsed = crypto::public_key::from_spki(std::as_bytes(std::span(spki.data, spki.size)));
  return parsed ? parsed->fingerprint() : std::string();
}

}  // namespace mesh::quic
