#include "core/capability/access_token.hpp"

#include "core/base/limits.hpp"
#include "core/capability/token.hpp"

#include <gtest/gtest.h>

namespace mesh::capability {
namespace {

constexpr std::int64_t start = 1'767'567'600;

wall_time at(std::int64_t seconds) {
  return from_unix_seconds(start + seconds);
}

const crypto::signing_key& key() {
  static const auto made = crypto::signing_key::from_seed(bytes(32, std::byte{1})).value();
  return made;
}

access_claims good() {
  return {mesh::user_id("usr_00000000000000000000000001"), mesh::login_id("log_00000000000000000000000001"),
          mesh::device_id("device-a"), at(0), at(900)};
}

errc refused(const access_claims& c, wall_time now) {
  const auto verdict =
      verify_access_token(issue_access_token(c, key()).reveal(), keyring(key().verifier()), now);
  return verdict ? errc::internal : verdict.error().code;
}

TEST(access_token, says_who_asks) {
  const auto token = issue_access_token(good(), key());
  const auto c = verify_access_token(token.reveal(), keyring(key().verifier()), at(899));
  ASSERT_TRUE(c) << c.error().detail;
  EXPECT_EQ(c->user, good().user);
  EXPECT_EQ(c->login, good().login);
  EXPECT_EQ(c->device, good().device);
  EXPECT_EQ(c->expires, at(900));
}

TEST(access_token, may_belong_to_no_device) {
  auto c = good();
  c.device.reset();
  EXPECT_FALSE(
      verify_access_token(issue_access_token(c, key()).reveal(), keyring(key().verifier()), at(0))->device);
}

TEST(access_token, is_refused_outside_its_time) {
  EXPECT_EQ(refused(good(), at(900)), errc::token_expired);
  EXPECT_EQ(refused(good(), at(-31)), errc::token_not_yet_valid);
  auto c = good();
  c.expires = at(901);
  EXPECT_EQ(refused(c, at(0)), errc::token_lifetime);
}

TEST(access_token, is_refused_with_claims_of_another_form) {
  auto c = good();
  c.user = mesh::user_id("rom_00000000000000000000000001");
  EXPECT_EQ(refused(c, at(0)), errc::token_claims);
  c = good();
  c.login = mesh::login_id("");
  EXPECT_EQ(refused(c, at(0)), errc::token_claims);
  c = good();
  c.device = mesh::device_id("../x");
  EXPECT_EQ(refused(c, at(0)), errc::token_claims);
}

TEST(access_token, and_capability_token_do_not_pass_for_each_other) {
  const keyring keys(key().verifier());
  const auto access = issue_access_token(good(), key());
  EXPECT_EQ(verify(access.reveal(), keys, {}).error().code, errc::token_type);
  const auto capability = issue(claims{}, key());
  EXPECT_EQ(verify_access_token(capability.reveal(), keys, at(0)).error().code, errc::token_type);
}

}  // namespace
}  // namespace mesh::capability
