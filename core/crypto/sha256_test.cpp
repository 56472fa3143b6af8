#include "core/crypto/sha256.hpp"

#include <gtest/gtest.h>

namespace mesh::crypto {
namespace {

TEST(sha256, matches_fips_180) {
  EXPECT_EQ(sha256_hex({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex(as_bytes("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(sha256, keyed_form_matches_rfc_4231) {
  const std::string key(20, '\x0b');
  EXPECT_EQ(to_hex(hmac_sha256(as_bytes(key), as_bytes("Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  const std::string long_key(131, '\xaa');
  EXPECT_EQ(to_hex(hmac_sha256(as_bytes(long_key),
                               as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

}  // namespace
}  // namespace mesh::crypto
