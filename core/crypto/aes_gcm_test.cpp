#include "core/crypto/aes_gcm.hpp"

#include <gtest/gtest.h>

namespace mesh::crypto {
namespace {

// McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 1 to 3.
TEST(aes_gcm, answers_the_vectors_of_its_authors) {
  struct row {
    std::string_view key, nonce, text, sealed;
  };
  for (const auto& [key, nonce, text, sealed] : {
           row{"00000000000000000000000000000000", "000000000000000000000000", "",
               "58e2fccefa7e3061367f1d57a4e7455a"},
           row{"00000000000000000000000000000000", "000000000000000000000000",
               "00000000000000000000000000000000",
               "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf"},
           row{"feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
               "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b"
               "525b"
               "16aedf5aa0de657ba637b391aafd255",
               "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84a"
               "a051"
               "ba30b396a0aac973d58e091473f59854d5c2af327cd64a62cf35abd2ba6fab4"},
       }) {
    const aes_128_gcm cipher(from_hex(key).value());
    aes_128_gcm::nonce once{};
    std::ranges::copy(from_hex(nonce).value(), once.begin());
    bytes out;
    cipher.seal(once, from_hex(text).value(), out);
    EXPECT_EQ(to_hex(out), sealed);
    EXPECT_EQ(to_hex(cipher.open(once, out).value()), text);
  }
}

TEST(aes_gcm, opens_nothing_that_was_changed) {
  const aes_128_gcm cipher(bytes(16, std::byte{1}));
  const aes_128_gcm::nonce once{};
  bytes sealed;
  cipher.seal(once, as_bytes("abc"), sealed);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto bad = sealed;
    bad[i] ^= std::byte{1};
    EXPECT_EQ(cipher.open(once, bad).error().code, errc::bad_message) << i;
    EXPECT_FALSE(cipher.open(once, bytes_view(sealed).first(i)));
  }
  auto later = once;
  later[11] = std::byte{1};
  EXPECT_FALSE(cipher.open(later, sealed));
  EXPECT_EQ(as_text(cipher.open(once, sealed).value()), "abc");
}

}  // namespace
}  // namespace mesh::crypto
