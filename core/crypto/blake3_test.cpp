#include "core/crypto/blake3.hpp"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

namespace mesh::crypto {
namespace {

// The input of the official test vectors: bytes 0, 1 … 250, 0, 1 …
bytes pattern(std::size_t size) {
  bytes data(size);
  for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<std::byte>(i % 251);
  return data;
}

TEST(first_agent, test_blake3_hash) {
  EXPECT_EQ(blake3_hex({}), "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
  EXPECT_EQ(blake3_hex(as_bytes("abc")), "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85");
  EXPECT_EQ(blake3_hex(pattern(1024)), "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7");
}

TEST(first_agent, test_blake3_chunked_hash) {
  const auto seed = std::random_device()();
  std::mt19937 random(seed);
  const auto data = pattern(700'001);
  const auto whole = blake3(data);
  for (int round = 0; round < 20; ++round) {
    blake3_hasher hasher;
    for (bytes_view rest = data; !rest.empty();) {
      const auto size = std::min<std::size_t>(rest.size(), random() % 300'000);
      hasher.update(rest.first(size));
      rest = rest.subspan(size);
    }
    EXPECT_EQ(hasher.digest(), whole) << "seed " << seed;
  }
}

TEST(blake3, digest_may_be_read_while_content_arrives) {
  blake3_hasher hasher;
  hasher.update(as_bytes("ab"));
  EXPECT_EQ(hasher.digest(), blake3(as_bytes("ab")));
  hasher.update(as_bytes("c"));
  EXPECT_EQ(hasher.hex(), blake3_hex(as_bytes("abc")));
  hasher.reset();
  EXPECT_EQ(hasher.hex(), blake3_hex({}));
}

}  // namespace
}  // namespace mesh::crypto
