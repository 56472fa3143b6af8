// Sessions between two agents over real QUIC on loopback.
#include "agent/p2p/handshake.hpp"
#include "agent/p2p/quic/endpoints_in_test.hpp"
#include "core/io/task_group.hpp"
#include "core/wire/frame.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesh::quic {
namespace {

using namespace test;

struct two_agents : testing::Test {
  io::loop loop;
  authority server;
  agent a{loop, server, "device-a"};
  agent b{loop, server, "device-b"};
};

TEST_F(two_agents, open_a_session_and_exchange_bytes) {
  const auto c = server.claims(a.party(), b.party());
  const auto session = open_session(server, a, b, c);
  ASSERT_TRUE(session) << session.error().detail;
  EXPECT_EQ(session->peer(), b.party());
  ASSERT_TRUE(run_until(loop, [&] { return !b.seen.opened.empty(); }));
  EXPECT_EQ(b.seen.opened[0].claims, c);
  EXPECT_EQ(b.seen.opened[0].peer(), a.party());

  auto pair = open_stream(a, b, c.session_id);
  ASSERT_NE(pair.far, nullptr);
  pair.near->stream->write(shared("question"));
  pair.near->stream->finish();
  ASSERT_TRUE(run_until(loop, [&] { return pair.far->fin; }));
  EXPECT_EQ(as_text(pair.far->data), "question");
  pair.far->stream->write(shared("answer"));
  pair.far->stream->finish();
  ASSERT_TRUE(run_until(loop, [&] { return pair.near->fin; }));
  EXPECT_EQ(as_text(pair.near->data), "answer");
}

TEST_F(two_agents, share_one_connection_for_all_their_sessions_in_both_directions) {
  const auto first = server.claims(a.party(), b.party());
  const auto second = server.claims(a.party(), b.party());
  const auto back = server.claims(b.party(), a.party());
  ASSERT_TRUE(open_session(server, a, b, first));
  ASSERT_TRUE(open_session(server, a, b, second));
  ASSERT_TRUE(open_session(server, b, a, back));
  EXPECT_EQ(a.node->stats().size(), 1U);
  EXPECT_EQ(b.node->stats().size(), 1U);
  EXPECT_EQ(a.node->sessions().size(), 3U);
  for (const auto* c : {&first, &second}) EXPECT_NE(open_stream(a, b, c->session_id).far, nullptr);
  EXPECT_NE(open_stream(b, a, back.session_id).far, nullptr);
  // The target of a session may open streams in it as well.
  EXPECT_NE(open_stream(b, a, first.session_id).far, nullptr);
}

TEST_F(two_agents, a_stream_begins_with_what_came_behind_its_first_message) {
  const auto c = server.claims(a.party(), b.party());
  ASSERT_TRUE(open_session(server, a, b, c));
  auto stream = a.node->open_stream(c.session_id, "file").value();
  stream->write(shared("all in one packet"));
  stream->finish();
  ASSERT_TRUE(run_until(loop, [&] { return !b.seen.streams.empty() && b.seen.streams[0].fin; }));
  EXPECT_EQ(as_text(b.seen.streams[0].data), "all in one packet");
  EXPECT_EQ(b.seen.purposes[0], "file");
}

TEST_F(two_agents, a_purpose_that_the_session_is_not_for_is_denied) {
  const auto c = server.claims(a.party(), b.party());
  ASSERT_TRUE(open_session(server, a, b, c));
  collector stream(a.node->open_stream(c.session_id, "terminal").value());
  ASSERT_TRUE(run_until(loop, [&] { return stream.closed.has_value(); }));
  EXPECT_EQ(stream.closed->code, errc::denied);
  EXPECT_TRUE(b.seen.streams.empty());
}

TEST_F(two_agents, a_revoked_session_ends_its_streams_within_a_second_and_no_other) {
  const auto doomed = server.claims(a.party(), b.party());
  const auto other = server.claims(a.party(), b.party());
  ASSERT_TRUE(open_session(server, a, b, doomed));
  ASSERT_TRUE(open_session(server, a, b, other));
  const auto first = open_stream(a, b, doomed.session_id);
  const auto second = open_stream(a, b, other.session_id);
  ASSERT_TRUE(first.far != nullptr && second.far != nullptr);
  const auto begin = steady_now();
  b.node->revoke_session(doomed.session_id, "member removed");
  EXPECT_FALSE(first.far->closed) << "nobody is told from inside the call";
  ASSERT_TRUE(
      run_until(loop, [&] { return first.near->closed && first.far->closed && !a.seen.closed.empty(); }));
  EXPECT_LT(steady_now() - begin, 1s);
  EXPECT_EQ(first.near->closed->code, errc::session_revoked);
  EXPECT_EQ(first.far->closed->code, errc::session_revoked);
  EXPECT_EQ(a.seen.closed[0].first, doomed.session_id);
  EXPECT_EQ(a.seen.closed[0].second.code, errc::session_revoked);
  EXPECT_FALSE(a.node->open_stream(doomed.session_id, "file"));
  EXPECT_FALSE(second.near->closed || second.far->closed);
  EXPECT_EQ(a.node->sessions().size(), 1U);
}

TEST_F(two_agents, closing_a_session_tells_the_peer) {
  const auto c = server.claims(a.party(), b.party());
  ASSERT_TRUE(open_session(server, a, b, c));
  const auto pair = open_stream(a, b, c.session_id);
  a.node->close_session(c.session_id);
  ASSERT_TRUE(run_until(loop, [&] { return !b.seen.closed.empty() && !a.seen.closed.empty(); }));
  EXPECT_EQ(b.seen.closed[0].second.code, errc::canceled);
  EXPECT_TRUE(pair.far->closed);
}

TEST_F(two_agents, a_session_of_a_kind_that_is_not_served_is_refused_by_name) {
  auto c = server.claims(a.party(), b.party());
  c.kind = wire::session_kind::terminal;
  c.caps = {"terminal:view"};
  const auto session = open_session(server, a, b, c);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, errc::kind_unknown);
}

TEST_F(two_agents, an_expired_token_does_not_leave_this_machine) {
  const auto c = server.claims(a.party(), b.party());
  const auto token = server.sign(c);
  a.node->announce_session(announcement(c, token, capability::role::initiator));
  server.now += 200s;
  const auto session = loop.run(a.node->connect(c.session_id, {b.address()}));
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, errc::session_unknown);
}

TEST_F(two_agents, a_session_nobody_announced_is_unknown) {
  const auto session = loop.run(a.node->connect(crypto::new_id<session_tag>(), {b.address()}));
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, errc::session_unknown);
}

TEST_F(two_agents, the_first_address_that_leads_to_the_right_device_wins) {
  agent stranger(loop, server, "device-c");
  const auto c = server.claims(a.party(), b.party());
  const auto token = server.sign(c);
  b.node->announce_session(announcement(c, token, capability::role::target));
  a.node->announce_session(announcement(c, token, capability::role::initiator));
  // One that expects somebody, so that it answers at all.
  stranger.node->announce_session(
      announcement(server.claims(b.party(), stranger.party()), "", capability::role::target));
  const auto nobody = p2p::make_udp_address("127.0.0.1", 9).value();
  const auto session = loop.run(a.node->connect(c.session_id, {nobody, stranger.address(), b.address()}));
  ASSERT_TRUE(session) << session.error().detail;
  EXPECT_EQ(session->peer_address, b.address());
}

TEST_F(two_agents, another_device_at_the_address_is_named_as_the_reason) {
  agent stranger(loop, server, "device-c");
  const auto c = server.claims(a.party(), b.party());
  a.node->announce_session(announcement(c, server.sign(c), capability::role::initiator));
  stranger.node->announce_session(
      announcement(server.claims(b.party(), stranger.party()), "", capability::role::target));
  const auto session = loop.run(a.node->connect(c.session_id, {stranger.address()}));
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, errc::peer_key_mismatch);
}

TEST_F(two_agents, where_nobody_listens_connecting_fails_at_once_with_the_address) {
  const auto c = server.claims(a.party(), b.party());
  a.node->announce_session(announcement(c, server.sign(c), capability::role::initiator));
  const auto session =
      loop.run(a.node->connect(c.session_id, {p2p::make_udp_address("127.0.0.1", 9).value()}));
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, errc::connection_refused);
  EXPECT_NE(session.error().detail.find("127.0.0.1:9"), std::string::npos);
}

TEST_F(two_agents, a_session_can_be_opened_again_with_a_fresh_token_after_the_peer_restarted) {
  auto c = server.claims(a.party(), b.party());
  ASSERT_TRUE(open_session(server, a, b, c));
  const auto port = b.node->port();
  b.node.reset();
  ASSERT_TRUE(run_until(loop, [&] { return !a.seen.closed.empty(); }));
  EXPECT_EQ(a.seen.closed[0].second.code, errc::connection_lost);
  agent again(loop, server, "device-b", b.key, port);
  again.user = b.user;
  c.jti = "another";
  const auto session = open_session(server, a, again, c);
  ASSERT_TRUE(session) << session.error().detail;
}

TEST_F(two_agents, a_renewed_token_reaches_the_peer_and_is_checked_there) {
  auto c = server.claims(a.party(), b.party());
  ASSERT_TRUE(open_session(server, a, b, c));
  ASSERT_TRUE(run_until(loop, [&] { return !b.node->sessions().empty(); }));
  c.jti = "renewed";
  c.iat += 60;
  c.exp += 60;
  server.now += 60s;
  ASSERT_TRUE(a.node->renew(c.session_id, server.sign(c)));
  ASSERT_TRUE(run_until(loop, [&] { return b.node->sessions().at(0).claims.exp == c.exp; }));
  // A token of somebody else's session, or one that is older, changes nothing.
  EXPECT_EQ(a.node->renew(c.session_id, server.sign(server.claims(a.party(), b.party()))).error().code,
            errc::token_wrong_session);
  c.exp -= 60;
  c.iat -= 60;
  EXPECT_EQ(a.node->renew(c.session_id, server.sign(c)).error().code, errc::token_expired);
}

TEST_F(two_agents, cancelling_the_task_gives_the_attempt_up) {
  const auto c = server.claims(a.party(), b.party());
  a.node->announce_session(announcement(c, server.sign(c), capability::role::initiator));
  host silent(loop);  // expects nobody, so it does not answer
  {
    io::task_group group(loop.get_executor(), "p2p");
    group.spawn("connect", [](agent& who, mesh::session_id id, p2p::udp_address to) -> io::task<> {
      (void)co_await who.node->connect(id, {to});
    }(a, c.session_id, silent.address()));
    ASSERT_TRUE(run_until(loop, [&] { return a.node->cache().size() == 1 && group.size() == 1; }));
    loop.run(group.stop());
  }
  b.node->announce_session(announcement(c, server.sign(c), capability::role::target));
  a.node->announce_session(announcement(c, server.sign(c), capability::role::initiator));
  const auto session = loop.run(a.node->connect(c.session_id, {b.address()}));
  EXPECT_TRUE(session) << session.error().detail;
}

// -- a peer who plays by other rules: it has the key of device-a, and writes its messages by hand

struct other_rules : testing::Test {
  io::loop loop;
  authority server;
  host evil{loop};
  agent b{loop, server, "device-b"};
  capability::claims claims =
      server.claims({crypto::new_id<user_tag>(), mesh::device_id("device-a"), evil.fingerprint()}, b.party());
  std::unique_ptr<line> connection;

  void announce() { b.node->announce_session(announcement(claims, "", capability::role::target)); }
  std::unique_ptr<line> dial(host& from) {
    std::optional<result<std::unique_ptr<p2p::connection>>> made;
    from.quic->dial(b.address(), b.key.verifier().fingerprint(),
                    [&](auto outcome) { made = std::move(outcome); });
    run_until(loop, [&] { return made.has_value(); });
    return std::make_unique<line>(std::move(made->value()));
  }
  static wire::p2p_hello hello_on(line& on, const mesh::session_id& id, const std::string& token) {
    const auto binding = on.connection->exporter(p2p::binding_label, id.str()).value();
    return {.session_id = id,
            .token = token,
            .version = 1,
            .binding = to_base64url(binding),
            .public_key = {},
            .proof = {}};
  }
  // The first message that comes back, or the code of the error that ended the stream.
  std::string answer_to(line& on, const wire::p2p_message& message) {
    const auto stream = on.open();
    stream->stream->write(shared(wire::json_frame(wire::render_p2p_message(message))));
    return answer_on(*stream);
  }
  std::string answer_on(collector& stream) {
    run_until(loop, [&] { return stream.data.size() > 4 || stream.closed; });
    if (stream.closed && stream.data.empty()) return std::string(word(stream.closed->code));
    const auto message = wire::parse_p2p_message(as_text(bytes_view(stream.data).subspan(4))).value();
    if (const auto* deny = std::get_if<wire::p2p_deny>(&message)) return deny->code;
    return std::string(wire::type_of(message));
  }
};

TEST_F(other_rules, a_token_is_accepted_once) {
  announce();
  const auto on = dial(evil);
  const auto hello = hello_on(*on, claims.session_id, server.sign(claims));
  EXPECT_EQ(answer_to(*on, hello), "P2P_OK");
  EXPECT_EQ(answer_to(*on, hello), "token_replayed");
  EXPECT_EQ(b.saved_replays.size(), 1U);
  EXPECT_THAT(b.saved_replays[0], testing::HasSubstr(claims.jti));
}

TEST_F(other_rules, of_two_connections_that_race_with_one_token_one_wins) {
  announce();
  host twin(loop, {}, evil.key);
  const auto first = dial(evil);
  const auto second = dial(twin);
  const auto token = server.sign(claims);
  const auto one = first->open();
  const auto two = second->open();
  const auto send = [&](line& on, collector& to) {
    to.stream->write(
        shared(wire::json_frame(wire::render_p2p_message(hello_on(on, claims.session_id, token)))));
  };
  send(*first, *one);
  send(*second, *two);
  EXPECT_THAT((std::vector{answer_on(*one), answer_on(*two)}),
              testing::UnorderedElementsAre("P2P_OK", "token_replayed"));
  EXPECT_EQ(b.node->sessions().size(), 1U);
}

TEST_F(other_rules, every_wrong_hello_has_its_own_answer) {
  announce();
  const auto on = dial(evil);
  struct row {
    std::string name;
    std::function<void(capability::claims&)> change_token;
    std::function<void(wire::p2p_hello&)> change_hello;
    std::string expected;
  };
  const auto same = [](auto&) {};
  const std::vector<row> rows = {
      {"another version", same, [](auto& h) { h.version = 2; }, "version_unsupported"},
      {"a session nobody announced", same, [](auto& h) { h.session_id = crypto::new_id<session_tag>(); },
       "session_unknown"},
      {"a binding of another connection", same, [](auto& h) { h.binding = to_base64url(bytes(32)); },
       "binding_mismatch"},
      {"a token of another session", [](auto& c) { c.session_id = crypto::new_id<session_tag>(); }, same,
       "token_wrong_session"},
      {"a token for another target device", [](auto& c) { c.target.device_id = mesh::device_id("device-z"); },
       same, "token_wrong_peer"},
      {"a token for another target key", [](auto& c) { c.target.key_sha256 = std::string(64, '0'); }, same,
       "token_wrong_peer"},
      {"a token of another initiator key", [](auto& c) { c.initiator.key_sha256 = std::string(64, '0'); },
       same, "token_wrong_peer"},
      {"a token of another person", [](auto& c) { c.initiator.peer_id = crypto::new_id<user_tag>(); }, same,
       "token_claims"},
      {"a token of another device name", [](auto& c) { c.initiator.device_id = mesh::device_id("device-z"); },
       same, "token_claims"},
      {"a token of another room", [](auto& c) { c.room_id = crypto::new_id<room_tag>(); }, same,
       "token_claims"},
      {"a token for another kind",
       [](auto& c) {
         c.kind = wire::session_kind::folder;
         c.caps = {"share:folder"};
       },
       same, "token_wrong_kind"},
      {"a token without the capability", [](auto& c) { c.caps = {"call"}; }, same, "capability_denied"},
      {"an old token", [](auto& c) { c.iat -= 300, c.exp -= 300; }, same, "token_expired"},
      {"a token signed by nobody", same, [](auto& h) { h.token.back() = h.token.back() == 'A' ? 'Q' : 'A'; },
       "token_signature"},
  };
  for (const auto& r : rows) {
    SCOPED_TRACE(r.name);
    auto c = claims;
    r.change_token(c);
    auto hello = hello_on(*on, claims.session_id, server.sign(c));
    r.change_hello(hello);
    EXPECT_EQ(answer_to(*on, hello), r.expected);
  }
  EXPECT_TRUE(b.node->sessions().empty());
  // None of them used the token up.
  EXPECT_EQ(answer_to(*on, hello_on(*on, claims.session_id, server.sign(claims))), "P2P_OK");
}

TEST_F(other_rules, a_token_does_not_travel_to_the_connection_of_another_device) {
  announce();
  host thief(loop);
  // The thief has a session of its own with device-b, so it gets as far as P2P_HELLO.
  auto own = server.claims({crypto::new_id<user_tag>(), mesh::device_id("device-t"), thief.fingerprint()},
                           b.party());
  b.node->announce_session(announcement(own, "", capability::role::target));
  const auto on = dial(thief);
  EXPECT_EQ(answer_to(*on, hello_on(*on, claims.session_id, server.sign(claims))), "session_unknown");
  EXPECT_EQ(answer_to(*on, hello_on(*on, own.session_id, server.sign(claims))), "token_wrong_peer");
}

TEST_F(other_rules, a_stream_of_a_session_without_an_accepted_hello_is_reset) {
  announce();
  const auto on = dial(evil);
  EXPECT_EQ(answer_to(*on, wire::stream_open{claims.session_id, "file"}), "session_unknown");
  ASSERT_EQ(answer_to(*on, hello_on(*on, claims.session_id, server.sign(claims))), "P2P_OK");
  EXPECT_EQ(answer_to(*on, wire::stream_open{crypto::new_id<session_tag>(), "file"}), "session_unknown");
  EXPECT_TRUE(b.seen.streams.empty());
}

TEST_F(other_rules, a_session_is_used_only_on_the_connection_it_was_opened_on) {
  announce();
  host twin(loop, {}, evil.key);
  const auto first = dial(evil);
  const auto second = dial(twin);
  const auto control = first->open();
  control->stream->write(shared(
      wire::json_frame(wire::render_p2p_message(hello_on(*first, claims.session_id, server.sign(claims))))));
  ASSERT_EQ(answer_on(*control), "P2P_OK");
  EXPECT_EQ(answer_to(*second, wire::stream_open{claims.session_id, "file"}), "session_unknown");
}

TEST_F(other_rules, a_stream_that_begins_with_nonsense_is_reset) {
  announce();
  const auto on = dial(evil);
  for (const auto& beginning :
       {std::string("\0\0\0\0", 4), std::string("\xff\xff\xff\xff", 4), std::string("\0\1\0\1x", 5),
        std::string("\0\0\0\2{]", 6), std::string("\0\0\0\1\1", 5)}) {
    const auto stream = on->open();
    stream->stream->write(shared(beginning));
    ASSERT_TRUE(run_until(loop, [&] { return stream->closed.has_value(); }));
    EXPECT_EQ(stream->closed->code, errc::bad_frame);
  }
  EXPECT_EQ(answer_to(*on, wire::p2p_ok{claims.session_id, 1}), "bad_frame");
}

TEST_F(other_rules, a_first_message_in_single_bytes_is_read_like_any_other) {
  announce();
  const auto on = dial(evil);
  const auto frame =
      wire::json_frame(wire::render_p2p_message(hello_on(*on, claims.session_id, server.sign(claims))));
  const auto stream = on->open();
  for (const auto byte : frame) {
    stream->stream->write(shared(bytes{byte}));
    loop.context().poll();
    loop.context().restart();
  }
  EXPECT_EQ(answer_on(*stream), "P2P_OK");
}

TEST_F(other_rules, a_token_that_cannot_be_noted_down_is_not_accepted) {
  announce();
  b.may_save = false;
  const auto on = dial(evil);
  EXPECT_EQ(answer_to(*on, hello_on(*on, claims.session_id, server.sign(claims))), "internal");
  EXPECT_TRUE(b.node->sessions().empty());
}

}  // namespace
}  // namespace mesh::quic
