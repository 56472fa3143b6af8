#include "core/crypto/p256.hpp"

#include "core/crypto/device_key.hpp"

#include <gtest/gtest.h>

namespace mesh::crypto {
namespace {

// Made by the openssl program, so that another implementation of the signing side is what is verified here.
constexpr std::string_view spki =
    "3059301306072a8648ce3d020106082a8648ce3d030107034200047b5e1b71f41e03eed60acfef1943ffad66c3474acd2add7c81"
    "619313b3"
    "cab70c2473c74860eddd2ad615f6aae30e5d20a32b16cdafed2c50a3bcaeff7636af4d";
constexpr std::string_view message = "mesh-device/1\nnonce";
constexpr std::string_view good_signature =
    "722eda3f14281dbc63e12951eecfd7a733d5cf060ada14962ff2ed5e619d9726"
    "6e0fb0522b9b7ae5b66f5150b0219ca18784f3641bf890f0271985e3a2c01fe8";

TEST(p256, verifies_what_a_browser_signs) {
  const auto key = p256_public_key::from_spki(from_hex(spki).value()).value();
  const auto signature = from_hex(good_signature).value();
  EXPECT_TRUE(key.verify(as_bytes(message), signature));
  EXPECT_FALSE(key.verify(as_bytes("mesh-device/1\nother"), signature));
  EXPECT_FALSE(key.verify(as_bytes(message), bytes_view(signature).first(63)));
  EXPECT_FALSE(key.verify(as_bytes(message), {}));
  EXPECT_FALSE(key.verify(as_bytes(message), bytes(64))) << "r = s = 0";
  auto broken = signature;
  broken[40] ^= std::byte{1};
  EXPECT_FALSE(key.verify(as_bytes(message), broken));
}

TEST(p256, refuses_other_keys) {
  const std::string good(spki);
  std::string off_curve = good;
  off_curve.back() = off_curve.back() == 'd' ? 'c' : 'd';
  std::string compressed = good;
  compressed[53] = '2';
  const std::string_view secp256k1 =
      "3056301006072a8648ce3d020106052b8104000a0342000471e18178cd32caf452d662f9efd56276e2c87028d16bd4549385f7"
      "ec71c996b"
      "6f7aba9364522053089da6e968674fafe034d84a428c2ed2e3aedbc68215eec5c";
  for (const auto& bad :
       {off_curve, compressed, std::string(secp256k1), good.substr(2), good + "00", std::string()}) {
    EXPECT_FALSE(p256_public_key::from_spki(from_hex(bad).value())) << bad;
    EXPECT_FALSE(device_key::from_spki(from_hex(bad).value())) << bad;
  }
}

TEST(device_key, is_of_either_kind) {
  const auto browser = device_key::from_spki(from_hex(spki).value()).value();
  EXPECT_TRUE(browser.is_p256());
  EXPECT_TRUE(browser.verify(as_bytes(message), from_hex(good_signature).value()));
  EXPECT_EQ(browser.fingerprint(), fingerprint(from_hex(spki).value()));

  const auto secret_half = signing_key::generate();
  const auto agent = device_key::from_spki(secret_half.verifier().spki()).value();
  EXPECT_TRUE(agent.is_ed25519());
  EXPECT_TRUE(agent.verify(as_bytes(message), secret_half.sign(as_bytes(message))));
  EXPECT_FALSE(agent.verify(as_bytes(message), from_hex(good_signature).value()));
  EXPECT_EQ(to_hex(agent.spki()), to_hex(secret_half.verifier().spki()));
}

}  // namespace
}  // namespace mesh::crypto
