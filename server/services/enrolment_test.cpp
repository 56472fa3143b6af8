#include "server/services/enrolment.hpp"

#include "server/auth/proof.hpp"
#include "tests/support/server_world.hpp"

namespace mesh::services {
namespace {

using namespace std::chrono_literals;
using models::caller;
using testing_support::server_world;

class enrolment_test : public testing::Test {
 protected:
  std::string sign(const std::string& text) { return to_base64url(key_.sign(as_bytes(text))); }
  wire::enroll_request enroll_request_with(const std::string& code) {
    wire::enroll_request request;
    request.code = code;
    request.device_id = device_id("laptop");
    request.kind = "agent";
    request.public_key = to_base64url(key_.verifier().spki());
    request.nonce = *world_.read([](context& c) -> result<std::string> { return make_challenge(c).nonce; });
    request.signature = sign(auth::enroll_proof_text(request.nonce, code, request.device_id));
    return request;
  }
  auto enroll_with(const wire::enroll_request& request) {
    return world_.change([&](context& c) { return enroll(c, request, client_); });
  }
  std::string code() {
    return world_.change([&](context& c) { return make_enroll_code(c, ana_.user); })->reply.code;
  }
  wire::device_code_answer start() {
    const wire::device_code_request request{device_id("laptop"), "Laptop", "agent",
                                            to_base64url(key_.verifier().spki())};
    const auto done = world_.change([&](context& c) { return start_device_code(c, request, client_); });
    EXPECT_TRUE(done) << done.error().detail;
    return done->reply;
  }
  polled poll(const wire::device_code_answer& waiting) {
    const wire::device_token_request request{
        waiting.device_code, sign(auth::device_code_proof_text(waiting.device_code, device_id("laptop")))};
    const auto done = world_.change([&](context& c) { return poll_device_code(c, request, client_); });
    EXPECT_TRUE(done);
    return done->reply;
  }
  errc poll_error(const wire::device_code_answer& waiting) {
    const auto reply = poll(waiting);
    return reply.refused ? reply.refused->code : errc::internal;
  }
  auto confirm(const std::string& user_code, bool approve) {
    return world_.change([&](context& c) { return confirm_device_code(c, ana_, {user_code, approve}); });
  }

  server_world world_;
  caller ana_ = world_.person("ana");
  models::client client_{"192.0.2.7", "mesh-agent/0.1.0", false};
  crypto::signing_key key_ = crypto::signing_key::generate();
};

TEST_F(enrolment_test, a_code_lets_one_machine_in_once) {
  const auto text = code();
  EXPECT_EQ(text.size(), 9U);
  const auto done = enroll_with(enroll_request_with(text));
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(done->reply.user.username, "ana");
  EXPECT_EQ(done->reply.device_id, device_id("laptop"));
  EXPECT_EQ(done->reply.device.key_sha256, key_.verifier().fingerprint());
  EXPECT_FALSE(done->reply.refresh_token.empty());
  const auto again = enroll_with(enroll_request_with(text));
  EXPECT_EQ(again.error().code, errc::invalid_credentials);
  EXPECT_EQ(again.error().field, "code");
}

TEST_F(enrolment_test, a_code_is_read_however_it_is_typed) {
  auto text = code();
  std::string typed;
  for (const char ch : text)
    if (ch != '-') typed += static_cast<char>(std::tolower(ch));
  EXPECT_TRUE(enroll_with(enroll_request_with(typed)));
}

TEST_F(enrolment_test, a_mistake_does_not_burn_the_code_but_time_does) {
  const auto text = code();
  auto wrong = enroll_request_with(text);
  wrong.signature = sign("something else");
  EXPECT_EQ(enroll_with(wrong).error().code, errc::device_proof_invalid);
  wrong = enroll_request_with(text);
  wrong.kind = "browser";
  EXPECT_EQ(enroll_with(wrong).error().field, "kind");
  EXPECT_EQ(enroll_with(enroll_request_with("0000-0000")).error().code, errc::invalid_credentials);
  world_.now += 10min;
  EXPECT_EQ(enroll_with(enroll_request_with(text)).error().code, errc::invalid_credentials);
}

TEST_F(enrolment_test, a_person_confirms_a_machine_that_shows_a_code) {
  const auto waiting = start();
  EXPECT_EQ(waiting.verification_uri, "http://localhost:8000/#/devices/confirm");
  EXPECT_EQ(waiting.interval, 2);
  EXPECT_EQ(waiting.expires_in, 600);
  EXPECT_EQ(poll_error(waiting), errc::authorization_pending);
  const auto seen = world_.read([&](context& c) { return look_up_device_code(c, {waiting.user_code}); });
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->name, "Laptop");
  EXPECT_EQ(seen->ip, "192.0.2.7");
  EXPECT_EQ(seen->key_sha256, key_.verifier().fingerprint());
  ASSERT_TRUE(confirm(waiting.user_code, true));
  EXPECT_EQ(confirm(waiting.user_code, false).error().code, errc::conflict);
  world_.now += 2s;
  const auto done = poll(waiting);
  ASSERT_FALSE(done.refused);
  EXPECT_EQ(done.answer.user.username, "ana");
  EXPECT_EQ(done.answer.device.name, "Laptop");
  world_.now += 2s;
  EXPECT_EQ(poll_error(waiting), errc::expired_code);
}

TEST_F(enrolment_test, asking_too_fast_is_told_to_slow_down_even_when_approved) {
  const auto waiting = start();
  EXPECT_EQ(poll_error(waiting), errc::authorization_pending);
  world_.now += 1s;
  EXPECT_EQ(poll_error(waiting), errc::slow_down);
  ASSERT_TRUE(confirm(waiting.user_code, true));
  world_.now += 1s;
  EXPECT_EQ(poll_error(waiting), errc::slow_down);
  world_.now += 1900ms;
  EXPECT_FALSE(poll(waiting).refused);
}

TEST_F(enrolment_test, machines_that_wait_are_bounded_and_expired_ones_make_room) {
  const wire::device_code_request request{
      device_id("laptop"), {}, "agent", to_base64url(key_.verifier().spki())};
  const auto ask = [&](int times) {
    return world_.change([&](context& c) -> result<int> {
      for (int i = 0; i < times; ++i)
        if (auto done = start_device_code(c, request, client_); !done) return std::unexpected(done.error());
      return times;
    });
  };
  EXPECT_TRUE(ask(1000));
  EXPECT_EQ(ask(1).error().code, errc::busy);
  world_.now += 10min;
  EXPECT_TRUE(ask(1));
}

TEST_F(enrolment_test, a_refused_machine_hears_it_once) {
  const auto waiting = start();
  ASSERT_TRUE(confirm(waiting.user_code, false));
  EXPECT_EQ(poll_error(waiting), errc::access_denied);
  world_.now += 2s;
  EXPECT_EQ(poll_error(waiting), errc::expired_code);
}

TEST_F(enrolment_test, codes_expire_and_need_the_key_that_asked) {
  const auto waiting = start();
  const auto thief = crypto::signing_key::generate();
  const auto text = auth::device_code_proof_text(waiting.device_code, device_id("laptop"));
  const wire::device_token_request stolen{waiting.device_code, to_base64url(thief.sign(as_bytes(text)))};
  const auto tried = world_.change([&](context& c) { return poll_device_code(c, stolen, client_); });
  EXPECT_EQ(tried->reply.refused->code, errc::device_proof_invalid);
  world_.now += 10min;
  EXPECT_EQ(poll_error(waiting), errc::expired_code);
  EXPECT_EQ(confirm(waiting.user_code, true).error(),
            (error{errc::not_found, "no machine shows this code; it may have expired", "user_code"}));
  EXPECT_EQ(confirm("XXXX", true).error().code, errc::field_invalid);
}

TEST_F(enrolment_test, a_name_of_somebody_else_cannot_be_confirmed) {
  world_.device(world_.person("ben"), "laptop");
  EXPECT_EQ(confirm(start().user_code, true).error().code, errc::device_taken);
}

TEST_F(enrolment_test, the_codes_themselves_are_not_in_the_database) {
  const auto waiting = start();
  world_.look([&](context& c) {
    EXPECT_FALSE(c.tx.codes().find_device_code(waiting.device_code));
    EXPECT_FALSE(c.tx.codes().find_user_code(waiting.user_code));
    return true;
  });
}

}  // namespace
}  // namespace mesh::services
