#include "core/crypto/ecdh.hpp"

#include <gtest/gtest.h>

namespace mesh::crypto {
namespace {

// RFC 5903 section 8.1.
constexpr std::string_view initiator = "C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433";
constexpr std::string_view responder = "C6EF9C5D78AE012A011164ACB397CE2088685D8F06BF9BE0B283AB46476BEE53";

TEST(ecdh, agrees_as_its_rfc_does) {
  const auto i = p256_exchange::from_private(from_hex(initiator).value()).value();
  const auto r = p256_exchange::from_private(from_hex(responder).value()).value();
  EXPECT_EQ(
      to_hex(i.point()),
      "04dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c37725811805271a0461cdb8252d61f1c456fa3e59ab1"
      "f45b33accf5f58389e0577b8990bb3");
  const auto shared = "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de";
  EXPECT_EQ(to_hex(i.agree(r.point()).value()), shared);
  EXPECT_EQ(to_hex(r.agree(i.point()).value()), shared);
}

TEST(ecdh, makes_a_new_key_each_time) {
  const auto a = p256_exchange::generate(), b = p256_exchange::generate();
  EXPECT_NE(a.point(), b.point());
  EXPECT_EQ(a.agree(b.point()).value(), b.agree(a.point()).value());
}

TEST(ecdh, refuses_what_is_no_point_and_no_private_value) {
  const auto key = p256_exchange::generate();
  const auto good = to_bytes(key.point());
  auto off_the_curve = good;
  off_the_curve[64] ^= std::byte{1};
  auto compressed = bytes(good.begin(), good.begin() + 33);
  compressed[0] = std::byte{2};
  auto unknown_form = good;
  unknown_form[0] = std::byte{5};
  for (const auto& bad : {off_the_curve, compressed, unknown_form, bytes{}, bytes(1), bytes(65)})
    EXPECT_EQ(key.agree(bad).error().code, errc::field_invalid) << to_hex(bad);
  for (const auto& bad : {bytes(32), bytes(32, std::byte{0xff}), bytes(31, std::byte{1}), bytes{}})
    EXPECT_EQ(p256_exchange::from_private(bad).error().code, errc::field_invalid) << to_hex(bad);
}

}  // namespace
}  // namespace mesh::crypto
