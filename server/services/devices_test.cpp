#include "server/services/devices.hpp"

#include "core/base/limits.hpp"
#include "server/auth/proof.hpp"
#include "server/services/p2p_sessions.hpp"
#include "server/services/realtime.hpp"
#include "tests/support/browser_key.hpp"
#include "tests/support/server_world.hpp"

namespace mesh::services {
namespace {

using models::caller;
using testing_support::browser_key;
using testing_support::events_of;
using testing_support::receivers;
using testing_support::server_world;

class devices_test : public testing::Test {
 protected:
  std::string nonce() {
    return *world_.read([](context& c) -> result<std::string> { return make_challenge(c).nonce; });
  }
  wire::device_request agent_request(const caller& who, const std::string& name,
                                     const crypto::signing_key& key) {
    wire::device_request request;
    request.device_id = device_id(name);
    request.kind = "agent";
    request.public_key = to_base64url(key.verifier().spki());
    request.nonce = nonce();
    request.signature =
        to_base64url(key.sign(as_bytes(auth::device_proof_text(request.nonce, who.user, request.device_id))));
    return request;
  }
  auto send(const caller& who, const wire::device_request& request) {
    return world_.change([&](context& c) {
      return register_device(c, who, request, {"192.0.2.1", "mesh-agent/0.1.0", false});
    });
  }

  server_world world_;
  caller ana_ = world_.person("ana");
  caller ben_ = world_.person("ben");
  crypto::signing_key key_ = crypto::signing_key::generate();
};

TEST_F(devices_test, an_agent_registers_by_proving_its_key_and_gets_tokens_of_its_own) {
  const auto done = send(ana_, agent_request(ana_, "laptop", key_));
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_TRUE(done->reply.created);
  const auto& device = done->reply.answer.device;
  EXPECT_EQ(device.name, "laptop");
  EXPECT_EQ(device.key_sha256, key_.verifier().fingerprint());
  EXPECT_TRUE(device.own);
  EXPECT_TRUE(done->reply.answer.refresh_token);
  EXPECT_EQ(receivers(done->effects, "device.changed"), std::set<user_id>{ana_.user});
  const auto again = send(ana_, agent_request(ana_, "laptop", key_));
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->reply.created);
  EXPECT_TRUE(again->effects.events.empty());
  // The sign-in that registered it is not bound; the device has its own.
  world_.look([&](context& c) {
    EXPECT_FALSE(c.tx.logins().find(ana_.login)->device);
    EXPECT_FALSE(c.tx.logins().of_device(device_id("laptop")).empty());
    return true;
  });
}

TEST_F(devices_test, the_sign_in_an_agent_made_for_itself_becomes_its_own) {
  ASSERT_TRUE(world_.change([&](context& c) -> result<int> {
    const auto user = c.tx.users().find(ana_.user);
    static_cast<void>(start_login(c, *user, {"192.0.2.1", "mesh-agent/0.1.0", false}));
    return 0;
  }));
  auto agent = ana_;
  for (const auto& login : world_.look([&](context& c) { return c.tx.logins().of_user(ana_.user); }))
    if (login.kind == models::login_kind::agent) agent.login = login.id;
  ASSERT_NE(agent.login, ana_.login);
  ASSERT_TRUE(send(agent, agent_request(ana_, "laptop", key_)));
  const auto logins = world_.look([&](context& c) { return c.tx.logins().of_device(device_id("laptop")); });
  ASSERT_EQ(logins.size(), 1U);
  EXPECT_EQ(logins[0].id, agent.login);
}

TEST_F(devices_test, a_browser_registers_its_p256_key_and_keeps_its_cookie) {
  const browser_key key;
  auto page = ana_;
  page.by_cookie = true;
  wire::device_request request;
  request.device_id = device_id("firefox");
  request.kind = "browser";
  request.name = "Firefox";
  request.public_key = key.public_key();
  request.nonce = nonce();
  request.signature = key.sign(auth::device_proof_text(request.nonce, ana_.user, request.device_id));
  const auto done = send(page, request);
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_FALSE(done->reply.answer.access_token);
  EXPECT_EQ(world_.look([&](context& c) { return c.tx.logins().find(ana_.login)->device; }),
            device_id("firefox"));
  request.signature[5] = request.signature[5] == 'A' ? 'B' : 'A';
  EXPECT_EQ(send(page, request).error().code, errc::device_proof_invalid);
}

TEST_F(devices_test, a_claim_without_proof_is_refused) {
  const auto thief = crypto::signing_key::generate();
  auto good = agent_request(ana_, "laptop", key_);
  auto request = good;
  request.public_key = to_base64url(thief.verifier().spki());
  EXPECT_EQ(send(ana_, request).error().code, errc::device_proof_invalid);
  EXPECT_EQ(send(ben_, good).error().code, errc::device_proof_invalid);  // another person's proof
  request = good;
  request.device_id = device_id("desktop");
  EXPECT_EQ(send(ana_, request).error().code, errc::device_proof_invalid);
  world_.now += std::chrono::seconds(121);
  EXPECT_EQ(send(ana_, good).error(),
            (error{errc::device_proof_invalid, "the nonce is too old; ask for another", "nonce"}));
}

TEST_F(devices_test, a_name_belongs_to_one_key_of_one_person) {
  ASSERT_TRUE(send(ana_, agent_request(ana_, "laptop", key_)));
  EXPECT_EQ(send(ben_, agent_request(ben_, "laptop", key_)).error().code, errc::device_taken);
  EXPECT_EQ(send(ana_, agent_request(ana_, "laptop", crypto::signing_key::generate())).error().code,
            errc::device_taken);
  for (const std::string name : {"", "Laptop", "-a", "a/b", "a b"})
    EXPECT_EQ(send(ana_, agent_request(ana_, name, key_)).error().field, "device_id") << name;
}

TEST_F(devices_test, a_stranger_under_an_unregistered_name_has_to_go_when_it_is_registered) {
  const auto eve = world_.person("eve");
  world_.join(world_.room(ana_), ben_);
  world_.connect(eve, "laptop");
  const auto done = send(ana_, agent_request(ana_, "laptop", key_));
  ASSERT_TRUE(done);
  ASSERT_EQ(done->effects.disconnects.size(), 1U);
  EXPECT_EQ(done->effects.disconnects[0].user, eve.user);
  EXPECT_EQ(done->effects.disconnects[0].device, device_id("laptop"));
  EXPECT_FALSE(done->reply.answer.device.online);
  // While the stranger is still there, nothing meant for the device goes that way.
  world_.device(ben_, "desktop");
  wire::p2p_session_request request;
  request.kind = "file";
  request.target_device_id = device_id("laptop");
  EXPECT_EQ(world_.change([&](context& c) { return open_session(c, ben_, request); }).error().code,
            errc::peer_offline);
  const auto late = world_.change([&](context& c) -> result<models::effects> {
    return tell_presence(c, {eve.user, "eve", device_id("laptop"), "agent", true});
  });
  EXPECT_EQ(late->disconnects.at(0).user, eve.user);
  EXPECT_TRUE(late->events.empty());
}

TEST_F(devices_test, one_person_has_a_bounded_number) {
  for (std::size_t i = 0; i < limits::devices_per_user_max; ++i) world_.device(ana_, "d" + std::to_string(i));
  EXPECT_EQ(send(ana_, agent_request(ana_, "one-more", key_)).error().code, errc::conflict);
}

TEST_F(devices_test, peers_see_each_others_devices_and_strangers_do_not) {
  world_.device(ana_, "laptop");
  world_.device(ben_, "desktop");
  const auto list = [&](const caller& who, device_scope scope) {
    std::set<std::string> names;
    for (const auto& d : world_.read([&](context& c) { return list_devices(c, who, scope); })->devices)
      names.insert(d.device_id.str() + (d.own ? " own" : ""));
    return names;
  };
  EXPECT_EQ(list(ana_, device_scope::peers), std::set<std::string>{"laptop own"});
  world_.join(world_.room(ana_), ben_);
  EXPECT_EQ(list(ana_, device_scope::peers), (std::set<std::string>{"laptop own", "desktop"}));
  EXPECT_EQ(list(ben_, device_scope::own), std::set<std::string>{"desktop own"});
}

TEST_F(devices_test, renaming_is_for_the_owner_and_told_to_peers) {
  world_.device(ana_, "laptop");
  world_.join(world_.room(ana_), ben_);
  const auto rename = [&](const caller& who, const std::string& name) {
    return world_.change([&](context& c) { return rename_device(c, who, device_id("laptop"), {name}); });
  };
  EXPECT_EQ(rename(ben_, "mine").error().code, errc::not_found);
  EXPECT_EQ(rename(ana_, "\u202e").error().field, "name");
  const auto done = rename(ana_, "Ana's laptop");
  ASSERT_TRUE(done);
  for (const auto& out : events_of(done->effects, "device.changed"))
    EXPECT_EQ(wire::payload_of<wire::device_changed>(out.event)->device.own,
              out.users == std::vector{ana_.user});
  EXPECT_EQ(receivers(done->effects, "device.changed").size(), 2U);
}

TEST_F(devices_test, revoking_ends_everything_of_the_device) {
  world_.device(ana_, "laptop");
  world_.device(ben_, "desktop");
  world_.join(world_.room(ana_), ben_);
  world_.connect(ben_, "desktop");
  const auto tokens = world_.change([&](context& c) -> result<signed_in> {
    return start_login(c, *c.tx.users().find(ana_.user), {"192.0.2.1", "mesh-agent", false},
                       device_id("laptop"));
  });
  ASSERT_TRUE(world_.change([&](context& c) {
    return open_session(c, ana_, {"file", device_id("desktop"), {}, {}, device_id("laptop"), {}, {}, {}});
  }));
  EXPECT_EQ(
      world_.change([&](context& c) { return revoke_device(c, ben_, device_id("laptop")); }).error().code,
      errc::not_found);
  const auto done = world_.change([&](context& c) { return revoke_device(c, ana_, device_id("laptop")); });
  ASSERT_TRUE(done);
  EXPECT_EQ(receivers(done->effects, "p2p.session.revoked"), (std::set<user_id>{ana_.user, ben_.user}));
  EXPECT_EQ(receivers(done->effects, "device.revoked"), (std::set<user_id>{ana_.user, ben_.user}));
  bool device_cut = false;
  bool login_cut = false;
  for (const auto& cut : done->effects.disconnects) {
    device_cut |= cut.device == device_id("laptop");
    login_cut |= cut.login.has_value();
    EXPECT_EQ(cut.reason, "device_revoked");
  }
  EXPECT_TRUE(device_cut && login_cut);
  world_.look([&](context& c) {
    EXPECT_FALSE(c.tx.devices().find(device_id("laptop")));
    EXPECT_TRUE(c.tx.logins().of_device(device_id("laptop")).empty());
    EXPECT_TRUE(c.tx.p2p().of_user(ben_.user, c.now).empty());
    return true;
  });
}

}  // namespace
}  // namespace mesh::services
