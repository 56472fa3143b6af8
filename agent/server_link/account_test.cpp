#include "agent/server_link/account.hpp"

#include "agent/server_link/fake_server.hpp"
#include "core/io/task_group.hpp"

#include <gtest/gtest.h>

namespace mesh::server_link {
namespace {

class account_story : public ::testing::Test {
 protected:
  account make(std::string pasted = "") {
    return {loop.get_executor(),      http, store, {"laptop", "Ana's laptop", &key}, server.url(), false,
            secret(std::move(pasted))};
  }
  void sign_in(account& a) {
    const auto done = loop.run(a.sign_in_with_password("", "ana", secret("right")));
    ASSERT_TRUE(done) << word(done.error().code) << " " << done.error().detail;
  }

  io::loop loop;
  testing::fake_server server{loop};
  net::http_client http;
  testing::memory_store store;
  crypto::signing_key key = crypto::signing_key::generate();
};

TEST_F(account_story, sign_in_registers_the_device_pins_the_server_and_is_kept) {
  auto a = make();
  EXPECT_FALSE(a.signed_in());
  bool changed = false;
  a.on_change([&] { changed = true; });
  sign_in(a);
  EXPECT_TRUE(a.signed_in());
  EXPECT_TRUE(changed);
  EXPECT_EQ(a.username(), "ana");
  EXPECT_TRUE(server.devices.contains("laptop"));
  ASSERT_TRUE(store.kept);
  EXPECT_EQ(store.kept->server_url, server.url());
  EXPECT_EQ(store.kept->refresh_token.reveal(), server.refresh_token);
  EXPECT_EQ(store.kept->signing_keys.at(0).public_key, "key-one");

  auto later = make();
  ASSERT_TRUE(later.load());
  EXPECT_TRUE(later.signed_in());
  EXPECT_EQ(later.username(), "ana");
}

TEST_F(account_story, another_name_of_the_account_is_kept_and_that_of_another_account_is_not) {
  auto a = make();
  sign_in(a);
  wire::user_info user{user_id(store.kept->user_id), "anabel", {}};
  a.learn(user);
  EXPECT_EQ(a.username(), "anabel");
  EXPECT_EQ(store.kept->username, "anabel");
  EXPECT_FALSE(store.kept->refresh_token.empty());
  user.id = user_id("usr_somebody");
  user.username = "eve";
  a.learn(user);
  EXPECT_EQ(a.username(), "anabel");
}

TEST_F(account_story, wrong_password_changes_nothing) {
  auto a = make();
  const auto done = loop.run(a.sign_in_with_password("", "ana", secret("wrong")));
  EXPECT_EQ(done.error().code, errc::invalid_credentials);
  EXPECT_FALSE(a.signed_in());
  EXPECT_FALSE(store.kept);
}

TEST_F(account_story, a_refresh_token_is_used_once_however_many_ask) {
  {
    auto first = make();
    sign_in(first);
  }
  auto a = make();
  ASSERT_TRUE(a.load());
  io::task_group group(loop.get_executor(), "test");
  int done = 0;
  for (int i = 0; i < 5; ++i)
    group.spawn("ask", [](account& of, int& count) -> io::task<> {
      if (co_await of.get<wire::device_list>("/api/devices")) ++count;
    }(a, done));
  loop.run(group.join());
  EXPECT_EQ(done, 5);
  EXPECT_EQ(server.refreshes, 1);
  EXPECT_EQ(store.kept->refresh_token.reveal(), server.refresh_token) << "the rotated one is kept";
}

TEST_F(account_story, an_expired_access_token_is_renewed_and_the_call_repeated) {
  auto a = make();
  sign_in(a);
  server.valid_access.clear();
  EXPECT_TRUE(loop.run(a.get<wire::device_list>("/api/devices")));
  EXPECT_EQ(server.refreshes, 1);
}

TEST_F(account_story, a_revoked_login_says_so_instead_of_asking_for_ever) {
  auto a = make();
  sign_in(a);
  server.valid_access.clear();
  server.refresh_token = "another";
  EXPECT_EQ(loop.run(a.get<wire::device_list>("/api/devices")).error().code, errc::refresh_reused);
  EXPECT_EQ(server.refreshes, 1);
}

TEST_F(account_story, a_pasted_token_registers_the_device_key_and_is_never_refreshed) {
  server.valid_access.insert("pasted.jwt");
  auto a = make("pasted.jwt");
  EXPECT_TRUE(a.signed_in());
  ASSERT_TRUE(loop.run(a.ensure_registered()));
  EXPECT_TRUE(server.devices.contains("laptop"));
  server.valid_access.clear();
  EXPECT_EQ(loop.run(a.get<wire::device_list>("/api/devices")).error().code, errc::auth_token_expired);
  EXPECT_EQ(server.refreshes, 0);
}

TEST_F(account_story, credentials_of_another_server_or_device_do_not_apply) {
  {
    auto first = make();
    sign_in(first);
  }
  account elsewhere(loop.get_executor(), http, store, {"laptop", "l", &key}, "http://other:1", true,
                    secret());
  ASSERT_TRUE(elsewhere.load());
  EXPECT_FALSE(elsewhere.signed_in());
  account renamed(loop.get_executor(), http, store, {"desktop", "d", &key}, server.url(), true, secret());
  ASSERT_TRUE(renamed.load());
  EXPECT_FALSE(renamed.signed_in());
}

TEST_F(account_story, sign_out_forgets_the_credentials_even_without_a_server) {
  auto a = make();
  sign_in(a);
  server.stop();
  EXPECT_TRUE(loop.run(a.sign_out()));
  EXPECT_FALSE(a.signed_in());
  EXPECT_FALSE(store.kept);
}

TEST_F(account_story, a_server_that_is_down_is_named) {
  auto a = make();
  server.stop();
  const auto done = loop.run(a.sign_in_with_password("", "ana", secret("right")));
  EXPECT_EQ(done.error().code, errc::server_unreachable);
  EXPECT_TRUE(done.error().detail.contains(server.url())) << done.error().detail;
}

TEST_F(account_story, a_refresh_that_cannot_be_kept_is_an_error) {
  {
    auto first = make();
    sign_in(first);
  }
  auto a = make();
  ASSERT_TRUE(a.load());
  store.broken = true;
  EXPECT_EQ(loop.run(a.access_token()).error().code, errc::disk_full);
}

}  // namespace
}  // namespace mesh::server_link
