// Names, codes, challenges, proofs, keys and the registration rule.
#include "core/crypto/random.hpp"
#include "server/auth/challenge.hpp"
#include "server/auth/keys.hpp"
#include "server/auth/one_time_code.hpp"
#include "server/auth/proof.hpp"
#include "server/auth/registration.hpp"
#include "server/auth/username.hpp"

#include <gtest/gtest.h>

namespace mesh::auth {
namespace {

using namespace std::chrono_literals;

TEST(username, is_lower_cased_and_checked) {
  EXPECT_EQ(check_username("Alice").value(), "alice");
  EXPECT_EQ(check_username("a.b_c-9").value(), "a.b_c-9");
  const std::pair<std::string, errc> table[] = {
      {"", errc::field_too_short},           {std::string(33, 'a'), errc::field_too_long},
      {".a", errc::field_invalid},           {"a b", errc::field_invalid},
      {"\u00e9", errc::field_invalid},       {"a\nb", errc::field_invalid},
      {"deleted-user", errc::field_invalid},
  };
  for (const auto& [name, code] : table) EXPECT_EQ(check_username(name).error().code, code) << name;
}

TEST(one_time_code, is_read_as_people_type_it) {
  system_random random;
  const auto code = make_code(random);
  ASSERT_EQ(code.size(), 9U);
  EXPECT_EQ(code[4], '-');
  EXPECT_EQ(normalise_code(code, "code").value(), code.substr(0, 4) + code.substr(5));
  EXPECT_EQ(normalise_code("abcd efgh", "code").value(), "ABCDEFGH");
  EXPECT_EQ(normalise_code("oil1-0000", "code").value(), "01110000");
  EXPECT_EQ(normalise_code("ABCD-EFG", "code").error().field, "code");
  EXPECT_FALSE(normalise_code("ABCD-EFGU", "code"));
}

TEST(token_hash, keeps_purposes_apart) {
  EXPECT_NE(token_hash("refresh", "t"), token_hash("cookie", "t"));
  EXPECT_NE(code_hash(as_bytes("k1"), "enroll", "C"), code_hash(as_bytes("k2"), "enroll", "C"));
}

TEST(challenge, is_accepted_while_young_and_only_from_this_server) {
  system_random random;
  const auto key = to_bytes(crypto::random_bytes<32>());
  const auto now = from_unix_seconds(1'800'000'000);
  const auto nonce = make_challenge(key, now, random);
  EXPECT_EQ(from_base64url(nonce)->size(), 48U);
  EXPECT_TRUE(check_challenge(key, nonce, now + 119s));
  EXPECT_EQ(check_challenge(key, nonce, now + 121s).error().code, errc::device_proof_invalid);
  auto other = key;
  other[0] ^= std::byte{1};
  EXPECT_FALSE(check_challenge(other, nonce, now));
  for (std::size_t i = 0; i < 48; ++i) {
    auto raw = *from_base64url(nonce);
    raw[i] ^= std::byte{1};
    EXPECT_FALSE(check_challenge(key, to_base64url(raw), now)) << i;
  }
  EXPECT_FALSE(check_challenge(key, "", now));
  EXPECT_FALSE(check_challenge(key, "!", now));
}

TEST(proof, of_an_agent_fits_its_text_only) {
  const auto own = crypto::signing_key::generate();
  const auto text = device_proof_text("n", user_id("usr_1"), device_id("laptop"));
  EXPECT_EQ(text, "mesh-device/1\nn\nusr_1\nlaptop");
  const auto spki = to_base64url(own.verifier().spki());
  const auto key = read_device_key(spki, models::device_kind::agent);
  ASSERT_TRUE(key);
  const auto signature = to_base64url(own.sign(as_bytes(text)));
  EXPECT_TRUE(check_proof(*key, text, signature));
  EXPECT_EQ(check_proof(*key, enroll_proof_text("n", "usr_1", device_id("laptop")), signature).error().code,
            errc::device_proof_invalid);
  EXPECT_FALSE(check_proof(*key, text, "AAAA"));
  EXPECT_EQ(read_device_key(spki, models::device_kind::browser).error().field, "public_key");
  EXPECT_FALSE(read_device_key("%", models::device_kind::agent));
  EXPECT_FALSE(read_device_key("AAAA", models::device_kind::agent));
}

TEST(keys, survive_their_file) {
  const auto made = keys::generate();
  const auto text = made.render();
  const auto read = keys::parse(text.reveal());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->capability.verifier(), made.capability.verifier());
  EXPECT_EQ(read->access.verifier(), made.access.verifier());
  EXPECT_EQ(read->nonce, made.nonce);
  EXPECT_NE(made.capability.verifier(), made.access.verifier());
  for (const auto cut : {0U, 5U, 30U, 100U}) {
    const auto damaged = keys::parse(text.reveal().substr(0, cut));
    ASSERT_FALSE(damaged);
    EXPECT_EQ(damaged.error().code, errc::state_unreadable);
  }
}

TEST(registration, follows_the_contract) {
  struct row {
    registration_facts facts;
    bool allowed;
  };
  const row table[] = {
      {{}, false},
      {{.first_account = true}, true},
      {{.loopback_only = true}, true},
      {{.open_registration = true}, true},
      {{.invited = true}, true},
  };
  for (const auto& [facts, allowed] : table) EXPECT_EQ(check_registration(facts).has_value(), allowed);
  EXPECT_EQ(check_registration({}).error().code, errc::invitation_required);
  EXPECT_FALSE(registration_open({.invited = true}));
}

}  // namespace
}  // namespace mesh::auth
