#include "server/auth/password.hpp"

#include "core/base/clock.hpp"

#include <gtest/gtest.h>

namespace mesh::auth {
namespace {

TEST(password, only_the_right_one_fits_its_hash) {
  const auto hash = hash_password("correct horse");
  ASSERT_TRUE(hash);
  EXPECT_TRUE(hash->starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << *hash;
  EXPECT_TRUE(verify_password("correct horse", *hash));
  EXPECT_FALSE(verify_password("correct horsf", *hash));
  EXPECT_NE(*hash, *hash_password("correct horse"));
}

TEST(password, long_pass_phrases_count_to_their_last_byte) {
  const std::string phrase(200, 'a');
  const auto hash = hash_password(phrase + "b");
  ASSERT_TRUE(hash);
  EXPECT_FALSE(verify_password(phrase + "c", *hash));
}

TEST(password, an_unknown_account_is_refused_and_costs_as_much_as_a_known_one) {
  const auto hash = hash_password("x");
  ASSERT_TRUE(hash);
  EXPECT_FALSE(verify_password("", ""));
  const auto time_of = [](const std::string& against) {
    const auto from = steady_now();
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(verify_password("wrong", against));
    return std::chrono::duration<double>(steady_now() - from).count();
  };
  const double known = time_of(*hash);
  const double unknown = time_of("");
  EXPECT_GT(unknown, known / 4);  // without the dummy hash it is thousands of times faster
}

TEST(password, rules_depend_on_who_can_reach_the_server) {
  EXPECT_TRUE(check_new_password("test123", true, "password"));
  EXPECT_EQ(check_new_password("test123", false, "password").error().code, errc::password_too_short);
  EXPECT_TRUE(check_new_password("test1234", false, "password"));
  EXPECT_EQ(check_new_password("", true, "password").error(),
            (error{errc::field_too_short, "a password is needed", "password"}));
  EXPECT_EQ(check_new_password(std::string(1025, 'x'), true, "new_password").error().code,
            errc::field_too_long);
  EXPECT_EQ(check_new_password("\u00e9\u00e9\u00e9\u00e9", false, "p").error().code,
            errc::password_too_short);
}

}  // namespace
}  // namespace mesh::auth
