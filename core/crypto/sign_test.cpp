#include "core/crypto/sign.hpp"

#include <type_traits>

#include <gtest/gtest.h>

namespace mesh::crypto {
namespace {

static_assert(!std::is_copy_constructible_v<signing_key>);

signing_key key_of(std::string_view seed_hex) {
  return signing_key::from_seed(from_hex(seed_hex).value()).value();
}

TEST(sign, matches_rfc_8032) {
  const auto key = key_of("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
  EXPECT_EQ(to_hex(key.verifier().raw()), "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
  const auto message = from_hex("af82").value();
  const auto signature = key.sign(message);
  EXPECT_EQ(to_hex(signature),
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
  EXPECT_TRUE(key.verifier().verify(message, signature));
}

TEST(sign, refuses_what_was_not_signed) {
  const auto key = signing_key::generate();
  auto signature = key.sign(as_bytes("pay 10"));
  EXPECT_TRUE(key.verifier().verify(as_bytes("pay 10"), signature));
  EXPECT_FALSE(key.verifier().verify(as_bytes("pay 11"), signature));
  EXPECT_FALSE(signing_key::generate().verifier().verify(as_bytes("pay 10"), signature));
  EXPECT_FALSE(key.verifier().verify(as_bytes("pay 10"), bytes_view(signature).first(63)));
  EXPECT_FALSE(key.verifier().verify(as_bytes("pay 10"), {}));
  signature[5] ^= std::byte{1};
  EXPECT_FALSE(key.verifier().verify(as_bytes("pay 10"), signature));
}

TEST(sign, refuses_keys_with_which_any_signature_fits) {
  for (const std::string_view small_order :
       {"0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"}) {
    EXPECT_FALSE(public_key::from_raw(from_hex(small_order).value())) << small_order;
    EXPECT_FALSE(
        public_key::from_spki(from_hex("302a300506032b6570032100" + std::string(small_order)).value()));
  }
  // With the zero key and R of small order, S = 0 would satisfy the equation for every message.
  bytes forged(64);
  EXPECT_FALSE(public_key().verify(as_bytes("anything"), forged));
}

TEST(sign, public_keys_travel_as_spki) {
  const auto key = key_of("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").verifier();
  const auto der = key.spki();
  EXPECT_EQ(to_hex(der).substr(0, 24), "302a300506032b6570032100");
  EXPECT_EQ(public_key::from_spki(der).value(), key);
  EXPECT_EQ(key.fingerprint(), fingerprint(der));
  EXPECT_EQ(key.fingerprint().size(), 64U);
  EXPECT_EQ(key.kid(), key.fingerprint().substr(0, 16));
  auto other_algorithm = der;
  other_algorithm[8] = std::byte{0x6E};  // X25519
  EXPECT_FALSE(public_key::from_spki(other_algorithm));
  EXPECT_FALSE(public_key::from_spki(bytes_view(der).first(43)));
  EXPECT_FALSE(public_key::from_spki({}));
}

TEST(sign, a_key_is_its_seed) {
  const auto key = signing_key::generate();
  const auto seed = key.seed();
  const auto again = signing_key::from_seed(as_bytes(seed.reveal())).value();
  EXPECT_EQ(again.verifier(), key.verifier());
  EXPECT_FALSE(signing_key::from_seed(as_bytes("short")));
}

TEST(sign, a_moved_key_leaves_nothing_behind) {
  auto key = signing_key::generate();
  const auto moved = std::move(key);
  EXPECT_EQ(to_hex(as_bytes(key.seed().reveal())), std::string(64, '0'));  // NOLINT: that is the point
  EXPECT_TRUE(moved.verifier().verify(as_bytes("m"), moved.sign(as_bytes("m"))));
}

}  // namespace
}  // namespace mesh::crypto
