#include "core/crypto/hkdf.hpp"

#include <gtest/gtest.h>

namespace mesh::crypto {
namespace {

// RFC 5869, appendix A.
TEST(hkdf, answers_the_vectors_of_its_rfc) {
  struct row {
    std::string_view secret, salt, info, expected;
  };
  for (const auto& [secret, salt, info, expected] : {
           row{"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
               "f0f1f2f3f4f5f6f7f8f9",
               "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
           // No salt is as many zeros as a hash has bytes.
           row{"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
               "0000000000000000000000000000000000000000000000000000000000000000", "",
               "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
       }) {
    const auto text = from_hex(info).value();
    EXPECT_EQ(to_hex(hkdf_sha256(from_hex(secret).value(), from_hex(salt).value(), as_text(text),
                                 expected.size() / 2)),
              expected);
  }
}

}  // namespace
}  // namespace mesh::crypto
