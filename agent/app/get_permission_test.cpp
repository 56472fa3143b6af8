#include "agent/app/get_permission.hpp"

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

// device-a of ana asks device-b of `owner`.
p2p::session_info session_of(const char* owner, const char* key = "key-a",
                             capability::role sender = capability::role::target) {
  p2p::session_info session;
  session.claims.initiator = {user_id("usr_ana"), device_id("device-a"), key};
  session.claims.target = {user_id(owner), device_id("device-b"), "key-b"};
  session.claims.sender = sender;
  session.own_role = capability::role::target;
  return session;
}

receive_rules giving_srv_to(const char* device) {
  receive_rules rules;
  receive_rule rule{rule_subject::device, device, device, {}, {}, {}};
  rule.allow_get = std::vector<std::string>{"/srv"};
  rule.key_sha256 = "key-a";
  EXPECT_TRUE(rules.add(rule).has_value());
  return rules;
}

TEST(get_permission, is_given_to_the_own_machine_of_the_rule) {
  const auto place = may_get(session_of("usr_ana"), giving_srv_to("device-a"), "/srv/a");
  ASSERT_TRUE(place.has_value());
  EXPECT_EQ(place->relative, "a");
}

TEST(get_permission, is_refused_to_everybody_else) {
  const auto rules = giving_srv_to("device-a");
  const auto word_for = [&](const p2p::session_info& session, const receive_rules& given, const char* path) {
    const auto place = may_get(session, given, path);
    return place ? std::string("given") : std::string(word(place.error().code));
  };
  EXPECT_EQ(word_for(session_of("usr_ben"), rules, "/srv/a"), "get_refused") << "another person's machine";
  EXPECT_EQ(word_for(session_of("usr_ana", "key-c"), rules, "/srv/a"), "get_refused")
      << "another key by that name";
  EXPECT_EQ(word_for(session_of("usr_ana"), giving_srv_to("device-c"), "/srv/a"), "get_refused")
      << "no rule for it";
  EXPECT_EQ(word_for(session_of("usr_ana"), {}, "/srv/a"), "get_refused") << "no rule at all";
  EXPECT_EQ(word_for(session_of("usr_ana"), rules, "/etc/passwd"), "get_refused") << "outside of the folder";
  EXPECT_EQ(word_for(session_of("usr_ana", "key-a", capability::role::initiator), rules, "/srv/a"),
            "get_refused")
      << "a session in which this side receives";
}

}  // namespace
}  // namespace mesh::app
