#include "server/services/sign_in.hpp"

#include "server/auth/one_time_code.hpp"
#include "server/auth/proof.hpp"
#include "tests/support/server_world.hpp"

namespace mesh::services {
namespace {

using namespace std::chrono_literals;
using testing_support::server_world;

class sign_in_test : public testing::Test {
 protected:
  signed_in sign_in(const models::client& client, std::optional<device_id> device = {}) {
    return *world_.change([&](context& c) -> result<signed_in> {
      return start_login(c, *c.tx.users().find(ana_.user), client, device);
    });
  }
  refreshed refresh_with(const std::string& token, std::optional<std::string> signature = {}) {
    const auto done =
        world_.change([&](context& c) { return refresh(c, {token, std::move(signature)}, "192.0.2.1"); });
    EXPECT_TRUE(done);
    effects_ = done->effects;
    return done->reply;
  }
  result<authorized> authorize_token(const std::string& token) {
    const auto claims = capability::verify_access_token(
        token, capability::keyring(world_.keys.access.verifier()), world_.now);
    if (!claims) return std::unexpected(claims.error());
    return world_.read([&](context& c) { return authorize(c, *claims); });
  }

  server_world world_;
  models::caller ana_ = world_.person("ana");
  models::client program_{"192.0.2.1", "curl/8", false};
  models::effects effects_;
};

TEST_F(sign_in_test, a_program_gets_tokens_and_a_page_a_cookie_only) {
  const auto program = sign_in(program_);
  EXPECT_FALSE(program.cookie);
  EXPECT_EQ(program.tokens.expires_in, 900);
  EXPECT_EQ(program.tokens.token_type, "bearer");
  const auto who = authorize_token(*program.tokens.access_token);
  ASSERT_TRUE(who);
  EXPECT_EQ(who->caller.username, "ana");
  EXPECT_FALSE(who->caller.by_cookie);

  const auto page = sign_in({"192.0.2.1", "Mozilla", true});
  EXPECT_FALSE(page.tokens.access_token);
  EXPECT_FALSE(page.tokens.refresh_token);
  ASSERT_TRUE(page.cookie);
  const auto by_cookie = world_.read([&](context& c) { return authorize_cookie(c, *page.cookie); });
  ASSERT_TRUE(by_cookie);
  EXPECT_EQ(by_cookie->caller.kind, models::login_kind::browser);
  EXPECT_TRUE(by_cookie->caller.by_cookie);
  EXPECT_FALSE(world_.read([&](context& c) { return authorize_cookie(c, *program.tokens.refresh_token); }));
  EXPECT_TRUE(refresh_with(*page.cookie).refused);
}

TEST_F(sign_in_test, the_database_never_holds_a_token) {
  const auto program = sign_in(program_);
  const auto page = sign_in({"192.0.2.1", "Mozilla", true});
  world_.look([&](context& c) {
    EXPECT_FALSE(c.tx.logins().find_token(*program.tokens.refresh_token));
    EXPECT_FALSE(c.tx.logins().find_token(*page.cookie));
    EXPECT_TRUE(c.tx.logins().find_token(auth::token_hash("refresh", *program.tokens.refresh_token)));
    return true;
  });
}

TEST_F(sign_in_test, refreshing_rotates_the_token) {
  const auto first = sign_in(program_).tokens;
  const auto second = refresh_with(*first.refresh_token);
  ASSERT_FALSE(second.refused);
  EXPECT_NE(second.tokens.refresh_token, first.refresh_token);
  EXPECT_TRUE(authorize_token(*second.tokens.access_token));
  const auto third = refresh_with(*second.tokens.refresh_token);
  EXPECT_FALSE(third.refused);
}

TEST_F(sign_in_test, using_an_old_token_again_ends_the_whole_sign_in) {
  const auto first = sign_in(program_).tokens;
  const auto second = refresh_with(*first.refresh_token).tokens;
  const auto reused = refresh_with(*first.refresh_token);
  ASSERT_TRUE(reused.refused);
  EXPECT_EQ(reused.refused->code, errc::refresh_reused);
  ASSERT_EQ(effects_.disconnects.size(), 1U);
  EXPECT_TRUE(effects_.disconnects[0].login);
  EXPECT_EQ(authorize_token(*second.access_token).error().code, errc::unauthorized);
  EXPECT_EQ(refresh_with(*second.refresh_token).refused->code, errc::unauthorized);
}

TEST_F(sign_in_test, of_a_device_only_its_key_can_refresh) {
  const auto key = world_.device(ana_, "laptop");
  const auto thief = crypto::signing_key::generate();
  auto token = *sign_in(program_, device_id("laptop")).tokens.refresh_token;
  const auto sign = [](const crypto::signing_key& by, const std::string& text) {
    return to_base64url(by.sign(as_bytes(text)));
  };
  EXPECT_EQ(refresh_with(token).refused->code, errc::device_proof_required);
  EXPECT_EQ(refresh_with(token, sign(thief, auth::refresh_proof_text(token))).refused->code,
            errc::device_proof_required);
  EXPECT_EQ(refresh_with(token, sign(key, token)).refused->code, errc::device_proof_required);
  const auto done = refresh_with(token, sign(key, auth::refresh_proof_text(token)));
  ASSERT_FALSE(done.refused);
  EXPECT_EQ(done.tokens.device_id, device_id("laptop"));
  // Nor can a thief of the used token end the sign-in.
  EXPECT_EQ(refresh_with(token).refused->code, errc::device_proof_required);
  EXPECT_TRUE(authorize_token(*done.tokens.access_token));
}

struct refreshing_device : sign_in_test {
  refreshed again(const std::string& token) {
    return refresh_with(token, to_base64url(key.sign(as_bytes(auth::refresh_proof_text(token)))));
  }
  crypto::signing_key key = world_.device(ana_, "laptop");
  std::string first = *sign_in(program_, device_id("laptop")).tokens.refresh_token;
};

TEST_F(refreshing_device, that_never_got_the_answer_asks_once_more) {
  ASSERT_FALSE(again(first).refused);
  ASSERT_FALSE(again(first).refused);
  const auto third = again(first);
  ASSERT_FALSE(third.refused);
  EXPECT_FALSE(again(*third.tokens.refresh_token).refused);
  EXPECT_EQ(again(first).refused->code, errc::refresh_reused) << "the answer had arrived";
  EXPECT_EQ(authorize_token(*third.tokens.access_token).error().code, errc::unauthorized);
}

TEST_F(refreshing_device, a_copy_of_it_is_found_out_whoever_comes_first) {
  const auto second = *again(first).tokens.refresh_token;
  const auto of_copy = again(first);
  ASSERT_FALSE(of_copy.refused);
  EXPECT_EQ(again(second).refused->code, errc::refresh_reused);
  EXPECT_EQ(again(*of_copy.tokens.refresh_token).refused->code, errc::unauthorized);
}

TEST_F(refreshing_device, an_expired_token_stays_expired) {
  ASSERT_FALSE(again(first).refused);
  world_.now += limits::refresh_token_life;
  EXPECT_EQ(again(first).refused->code, errc::token_expired);
}

TEST_F(sign_in_test, everything_ends_by_itself_in_time) {
  const auto tokens = sign_in(program_).tokens;
  const auto cookie = *sign_in({"192.0.2.1", "Mozilla", true}).cookie;
  world_.now += 16min;
  EXPECT_EQ(authorize_token(*tokens.access_token).error().code, errc::token_expired);
  world_.now += 24h * 30;
  EXPECT_EQ(refresh_with(*tokens.refresh_token).refused->code, errc::token_expired);
  EXPECT_FALSE(world_.read([&](context& c) { return authorize_cookie(c, cookie); }));
  ASSERT_TRUE(world_.change([](context& c) -> result<int> {
    c.tx.prune(c.now);
    return 0;
  }));
  EXPECT_TRUE(world_.look([&](context& c) { return c.tx.logins().of_user(ana_.user).empty(); }));
}

TEST_F(sign_in_test, an_access_token_is_worth_no_more_than_its_sign_in) {
  const auto tokens = sign_in(program_).tokens;
  ASSERT_TRUE(world_.change([&](context& c) -> result<int> {
    for (const auto& login : c.tx.logins().of_user(ana_.user)) c.tx.logins().set_expiry(login.id, c.now);
    return 0;
  }));
  EXPECT_EQ(authorize_token(*tokens.access_token).error().code, errc::unauthorized);
}

TEST_F(sign_in_test, a_person_sees_their_sign_ins_and_ends_them) {
  const auto other = sign_in({"2001:db8::1", "Mozilla\n\xff", true});
  const auto list = world_.read([&](context& c) { return list_logins(c, ana_); });
  ASSERT_EQ(list->sessions.size(), 2U);
  EXPECT_TRUE(list->sessions[0].current != list->sessions[1].current);
  const auto& foreign = list->sessions[list->sessions[0].current ? 1 : 0];
  EXPECT_EQ(foreign.kind, "browser");
  EXPECT_EQ(foreign.user_agent.find('\n'), std::string::npos);
  const auto ben = world_.person("ben");
  const auto revoke = [&](const models::caller& who) {
    return world_.change([&](context& c) { return revoke_login(c, who, foreign.id); });
  };
  EXPECT_EQ(revoke(ben).error().code, errc::not_found);
  const auto done = revoke(ana_);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->effects.disconnects.at(0).login, foreign.id);
  EXPECT_FALSE(world_.read([&](context& c) { return authorize_cookie(c, *other.cookie); }));
  EXPECT_EQ(revoke(ana_).error().code, errc::not_found);
}

TEST_F(sign_in_test, logging_out_makes_the_access_token_worthless_at_once) {
  const auto tokens = sign_in(program_).tokens;
  const auto who = authorize_token(*tokens.access_token);
  ASSERT_TRUE(who);
  ASSERT_TRUE(world_.change([&](context& c) { return log_out(c, who->caller); }));
  EXPECT_EQ(authorize_token(*tokens.access_token).error().code, errc::unauthorized);
}

TEST_F(sign_in_test, being_seen_is_noted_about_once_a_minute) {
  const auto tokens = sign_in(program_).tokens;
  EXPECT_FALSE(authorize_token(*tokens.access_token)->seen_long_ago);
  world_.now += 61s;
  EXPECT_TRUE(authorize_token(*tokens.access_token)->seen_long_ago);
}

}  // namespace
}  // namespace mesh::services
