#include "core/wire/webtransport.hpp"

#include "core/wire/json.hpp"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace mesh::wire {
namespace {

// Read by the web client too.
struct webtransport_vector {
  std::string seed;
  std::string signed_text;
  webtransport_endpoint endpoint;
};
BOOST_DESCRIBE_STRUCT(webtransport_vector, (), (seed, signed_text, endpoint))

webtransport_vector read_vector() {
  std::ostringstream text;
  text << std::ifstream(MESH_SOURCE_DIR "/tests/vectors/webtransport/endpoint.json").rdbuf();
  return parse<webtransport_vector>(text.str(), unknown_keys::refuse).value();
}

TEST(webtransport, certificates_are_signed_as_the_golden_vector_says) {
  const auto vector = read_vector();
  const auto key = crypto::signing_key::from_seed(from_hex(vector.seed).value()).value();
  const auto& expected = vector.endpoint;
  EXPECT_EQ(to_hex(webtransport_signed_text(expected.cert_sha256).value()), vector.signed_text);
  EXPECT_EQ(to_base64url(key.verifier().spki()), expected.public_key);
  const auto made = sign_webtransport(expected.cert_sha256, key);
  EXPECT_EQ(made.signature, expected.signature);
  EXPECT_TRUE(check_webtransport(made, key.verifier()));
}

TEST(webtransport, what_does_not_fit_is_refused_by_field) {
  const auto key = crypto::signing_key::generate();
  const std::string a(64, 'a');
  const std::string b(64, 'b');
  const auto good = sign_webtransport({a, b}, key);
  struct row {
    std::string name;
    webtransport_info said;
    std::string field;
  };
  const row table[] = {
      {"no hash", sign_webtransport({}, key), "cert_sha256"},
      {"three hashes", {{a, b, a}, good.signature}, "cert_sha256"},
      {"upper case", {{std::string(64, 'A')}, good.signature}, "cert_sha256"},
      {"too short", {{a.substr(1)}, good.signature}, "cert_sha256"},
      {"no hex", {{std::string(64, 'g')}, good.signature}, "cert_sha256"},
      {"other order", {{b, a}, good.signature}, "signature"},
      {"one left out", {{a}, good.signature}, "signature"},
      {"no base64url", {{a, b}, "=="}, "signature"},
      {"empty", {{a, b}, ""}, "signature"},
      {"another key", sign_webtransport({a, b}, crypto::signing_key::generate()), "signature"},
  };
  for (const auto& [name, said, field] : table) {
    const auto checked = check_webtransport(said, key.verifier());
    ASSERT_FALSE(checked) << name;
    EXPECT_EQ(checked.error().code, errc::field_invalid) << name;
    EXPECT_EQ(checked.error().field, field) << name;
  }
}

}  // namespace
}  // namespace mesh::wire
