#include "agent/server_link/link_state.hpp"

#include "agent/server_link/backoff.hpp"
#include "agent/server_link/credentials.hpp"

#include <gtest/gtest.h>

namespace mesh::server_link {
namespace {

const wall_time now = from_unix_milliseconds(1'767'567'600'000);
const std::vector<wire::signing_key_info> pins = {{"0011223344556677", "key-one"}};

std::string welcome(std::string_view keys = R"([{"kid":"0011223344556677","public_key":"key-one"}])",
                    int seq = 40) {
  return R"({"type":"system.welcome","id":"evt_1","payload":{"user":{"id":"usr_1","username":"ana","created_at":"x",)"
         R"("has_password":true},"server":{"name":"Mesh","version":"1","time":"2026-01-04T23:00:05.000Z",)"
         R"("signing_keys":)" +
         std::string(keys) + R"(},"rooms":[],"presence":[],"seq":)" + std::to_string(seq) +
         R"(,"heartbeat_seconds":20,"limits":{"chat_text_bytes":1,"message_bytes":1}}})";
}

std::string event_with_seq(int seq) {
  return R"({"type":"room.updated","id":"e","seq":)" + std::to_string(seq) + R"(,"payload":{}})";
}

template <class T>
const T& only(const std::vector<step>& steps) {
  EXPECT_EQ(steps.size(), 1U);
  return std::get<T>(steps.at(0));
}

link_state greeted() {
  link_state state;
  state.connecting();
  state.connected({"laptop", "spki", 5000, {}}, "evt_hello", now);
  only<now_online>(state.received(welcome(), pins, now));
  return state;
}

TEST(link_state, introduces_this_machine_first) {
  link_state state;
  const auto e = state.connected({"laptop", "spki", 5000, {{"10.0.0.1", 5000, "host"}}}, "evt_hello", now);
  EXPECT_EQ(e.type, "system.hello");
  const auto hello = wire::payload_of<wire::system_hello>(e);
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->device_id->str(), "laptop");
  EXPECT_EQ(hello->kind, "agent");
  EXPECT_EQ(hello->quic_port, 5000);
  EXPECT_EQ(hello->public_key, "spki");
  EXPECT_EQ(hello->candidates->at(0).ip, "10.0.0.1");
  EXPECT_FALSE(hello->since) << "nothing was seen before";
}

TEST(link_state, is_online_after_the_welcome_and_knows_the_servers_time) {
  const auto state = greeted();
  EXPECT_EQ(state.phase(), link_phase::online);
  EXPECT_EQ(state.clock_offset(), std::chrono::seconds(5));
  EXPECT_FALSE(state.last_error());
}

TEST(link_state, resumes_after_the_last_event_it_saw_and_drops_repeats) {
  auto state = greeted();
  EXPECT_EQ(state.received(event_with_seq(41), pins, now).size(), 1U);
  EXPECT_TRUE(state.received(event_with_seq(41), pins, now).empty());
  EXPECT_TRUE(state.received(event_with_seq(7), pins, now).empty());
  state.lost({errc::connection_lost, {}, {}}, 0);
  const auto hello =
      wire::payload_of<wire::system_hello>(state.connected({"laptop", "spki", 1, {}}, "e", now));
  EXPECT_EQ(hello->since, 41);
  // The welcome says that the log is at 43; both missed events follow and are delivered.
  state.received(welcome(R"([{"kid":"0011223344556677","public_key":"key-one"}])", 43), pins, now);
  EXPECT_EQ(state.received(event_with_seq(42), pins, now).size(), 1U);
  EXPECT_EQ(state.received(event_with_seq(43), pins, now).size(), 1U);
}

TEST(link_state, starts_over_after_a_resync) {
  auto state = greeted();
  state.received(R"({"type":"system.resync","payload":{"reason":"too old"}})", pins, now);
  EXPECT_EQ(state.received(event_with_seq(3), pins, now).size(), 1U);
}

TEST(link_state, pins_the_keys_of_a_server_it_never_met) {
  link_state state;
  state.connected({"laptop", "spki", 1, {}}, "e", now);
  const auto steps = state.received(welcome(), {}, now);
  ASSERT_TRUE(only<now_online>(steps).pins);
  EXPECT_EQ(only<now_online>(steps).pins->at(0).kid, "0011223344556677");
}

TEST(link_state, refuses_a_server_whose_keys_changed) {
  for (const auto* keys :
       {R"([{"kid":"ffffffffffffffff","public_key":"key-two"}])",
        R"([{"kid":"0011223344556677","public_key":"key-two"}])",
        R"([{"kid":"0011223344556677","public_key":"key-one"},{"kid":"aa","public_key":"evil"}])", "[]"}) {
    link_state state;
    state.connected({"laptop", "spki", 1, {}}, "e", now);
    const auto steps = state.received(welcome(keys), pins, now);
    EXPECT_EQ(only<give_up>(steps).reason.code, errc::server_key_changed) << keys;
    EXPECT_NE(state.phase(), link_phase::online);
    EXPECT_TRUE(std::holds_alternative<sign_in_needed>(state.lost(only<give_up>(steps).reason, 0)));
  }
}

TEST(link_state, gives_up_on_what_is_no_event) {
  for (const auto* text : {"", "[]", "{", R"({"type":5})", R"({"type":"system.welcome","payload":{}})"}) {
    auto state = greeted();
    EXPECT_EQ(only<give_up>(state.received(text, pins, now)).reason.code, errc::server_error) << text;
  }
}

TEST(link_state, tells_apart_what_waiting_mends_and_what_only_a_sign_in_mends) {
  for (const auto code : {errc::server_unreachable, errc::connection_lost, errc::stalled, errc::busy,
                          errc::timed_out, errc::server_error, errc::rate_limited, errc::handshake_failed}) {
    link_state state;
    EXPECT_TRUE(std::holds_alternative<try_again>(state.lost({code, {}, {}}, 0))) << word(code);
    EXPECT_EQ(state.phase(), link_phase::waiting);
  }
  for (const auto code : {errc::refresh_reused, errc::auth_token_expired, errc::device_revoked,
                          errc::unauthorized, errc::server_key_changed, errc::not_logged_in}) {
    link_state state;
    EXPECT_TRUE(std::holds_alternative<sign_in_needed>(state.lost({code, {}, {}}, 0))) << word(code);
    EXPECT_EQ(state.phase(), link_phase::signed_out);
    EXPECT_EQ(state.last_error()->code, code);
  }
}

TEST(link_state, does_not_fight_another_process_of_the_same_device) {
  auto state = greeted();
  const auto steps = state.received(
      R"({"type":"system.error","payload":{"code":"conflict","message":"another connection"}})", pins, now);
  const auto& reason = only<give_up>(steps).reason;
  const auto next = state.lost(reason, 0);
  EXPECT_GE(std::get<try_again>(next).delay, std::chrono::seconds(60));
  state.connected({"laptop", "spki", 1, {}}, "e", now);
  EXPECT_LT(std::get<try_again>(state.lost({errc::connection_lost, {}, {}}, 0)).delay,
            std::chrono::seconds(2));
}

TEST(link_state, passes_on_errors_that_answer_a_request) {
  auto state = greeted();
  const auto steps = state.received(
      R"({"type":"system.error","reply_to":"evt_5","payload":{"code":"conflict","message":"m"}})", pins, now);
  EXPECT_EQ(only<deliver_event>(steps).event.reply_to, "evt_5");
}

TEST(link_state, acknowledges_new_sessions_only) {
  wire::event e;
  e.type = "p2p.session.created";
  e.id = "evt_9";
  const auto ack = link_state::acknowledgement(e);
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->type, "system.ack");
  EXPECT_EQ(ack->payload.at("event_id"), "evt_9");
  e.type = "p2p.session.revoked";
  EXPECT_FALSE(link_state::acknowledgement(e));
}

TEST(backoff, doubles_to_a_bound_with_jitter_and_starts_over) {
  backoff low;
  backoff high;
  const std::int64_t bounds[] = {500, 1000, 2000, 4000, 8000, 16000, 30000, 30000};
  for (const auto bound : bounds) {
    EXPECT_EQ(low.next(0).count(), bound / 2);
    EXPECT_EQ(high.next(0xFFFFFFFFU).count(), bound);
  }
  for (int i = 0; i < 100; ++i) low.next(0);
  EXPECT_EQ(low.next(0).count(), 15'000);
  low.reset();
  EXPECT_EQ(low.next(0).count(), 250);
}

TEST(credentials, come_back_as_they_were_written) {
  const credentials before{"http://localhost:8000",     "usr_1", "ana", "laptop",
                           secret("refresh \"token\""), pins};
  const auto after = parse_credentials(render(before).reveal());
  ASSERT_TRUE(after);
  EXPECT_EQ(after->server_url, before.server_url);
  EXPECT_EQ(after->username, "ana");
  EXPECT_EQ(after->refresh_token.reveal(), before.refresh_token.reveal());
  EXPECT_EQ(after->signing_keys.at(0).public_key, "key-one");
  for (const auto* text : {"", "{}", "[]", R"({"server_url":5})"})
    EXPECT_EQ(parse_credentials(text).error().code, errc::state_unreadable) << text;
}

}  // namespace
}  // namespace mesh::server_link
