// Sessions with a browser, whose key TLS does not prove: the challenge, the proof, and what does not pass for
// one.
#include "agent/p2p/handshake.hpp"
#include "agent/p2p/memory_pair_in_test.hpp"
#include "agent/p2p/node.hpp"
#include "core/capability/token.hpp"
#include "core/crypto/p256.hpp"
#include "core/crypto/random.hpp"
#include "core/wire/frame.hpp"
#include "core/wire/p2p_message.hpp"
#include "tests/support/browser_key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesh::p2p {
namespace {

using namespace std::chrono_literals;
using namespace test;
using testing_support::browser_key;

// The page's end of a connection: what came back on each of its streams.
struct page final : connection_handler {
  struct talk final : stream_handler {
    explicit talk(std::unique_ptr<byte_stream> s) : stream(std::move(s)) { stream->set_handler(this); }
    void on_data(bytes_view more, bool) override { data.insert(data.end(), more.begin(), more.end()); }
    void on_writable() override {}
    void on_closed(const error& reason) override { closed = reason; }

    std::unique_ptr<byte_stream> stream;
    bytes data;
    std::optional<error> closed;
  };
  explicit page(std::unique_ptr<connection> c) : line(std::move(c)) { line->set_handler(this); }
  void on_stream(std::unique_ptr<byte_stream>) override {}
  void on_datagram(bytes_view data) override { datagrams.push_back(to_hex(data)); }
  void on_closed(const error&) override { closed = true; }

  std::unique_ptr<connection> line;
  std::deque<talk> talks;
  std::vector<std::string> datagrams;
  bool closed = false;
};

struct browser_peer : testing::Test, dialer, node_observer {
  browser_peer() {
    challenge.nonce.fill(std::byte{5});
    challenge.certificate_sha256.fill(std::byte{6});
    device = std::make_unique<node>(
        node_config{.device = mesh::device_id("desktop"),
                    .key_sha256 = std::string(64, 'd'),
                    .keys = capability::keyring(server.verifier()),
                    .server_now = [this] { return now(); },
                    .now = [this] { return steady_time(elapsed + 24h); },
                    .post = [this](std::move_only_function<void()> job) { work.push_back(std::move(job)); },
                    .replay = capability::replay_guard::for_new_key(),
                    .save_replay = [](const std::string&) -> result<void> { return {}; }},
        *this, *this);
  }
  ~browser_peer() override {
    device.reset();
    pages.clear();
    streams.clear();
    work.clear();
  }

  std::uint64_t dial(const udp_address&, const std::string&, done) override { return ++dials; }
  void cancel(std::uint64_t) override {}
  void on_session_open(const session_info&) override { ++opened; }
  void on_stream(const session_info&, std::string_view, std::unique_ptr<byte_stream> s, bytes_view) override {
    streams.push_back(std::move(s));
  }
  void on_session_paused(const session_info&) override {}
  void on_session_resumed(const session_info&) override {}
  void on_renewal_due(const session_info&) override {}
  void on_session_closed(const session_info&, const error&) override { --opened; }

  wall_time now() const { return from_unix_seconds(1'767'567'600) + elapsed; }
  void run() {
    while (!work.empty()) {
      auto next = std::move(work.front());
      work.pop_front();
      next();
    }
  }
  static std::string fingerprint(const browser_key& key) {
    return crypto::p256_public_key::from_spki(from_base64url(key.public_key()).value()).value().fingerprint();
  }

  // A session that the server announced for the owner of key, and its token.
  struct announced {
    mesh::session_id id;
    std::string token;
  };
  announced announce(const browser_key& key, const std::string& name = "ana-web") {
    capability::claims c;
    c.iss = capability::issuer;
    c.jti = crypto::random_text(16);
    c.iat = unix_seconds(now());
    c.exp = c.iat + 120;
    c.session_id = crypto::new_id<session_tag>();
    c.initiator = {mesh::user_id("usr_00000000000000000000000001"), mesh::device_id(name), fingerprint(key)};
    c.target = {mesh::user_id("usr_00000000000000000000000001"), mesh::device_id("desktop"),
                std::string(64, 'd')};
    c.caps = {"share:file"};
    announced out{c.session_id, std::string(capability::issue(c, server).reveal())};
    EXPECT_TRUE(device->announce({.id = out.id,
                                  .own_role = capability::role::target,
                                  .peer = c.initiator,
                                  .token = secret(out.token),
                                  .expires = now() + 120s}));
    return out;
  }
  page& arrive() {
    line = std::make_shared<memory_line>();
    auto& made = pages.emplace_back(
        std::make_unique<page>(std::make_unique<memory_connection>(work, line, 0, std::string(64, 'd'))));
    device->accept(std::make_unique<memory_connection>(work, line, 1, "", challenge));
    return *made;
  }
  wire::p2p_hello hello(const announced& session, const browser_key& key) const {
    return {.session_id = session.id,
            .token = session.token,
            .version = 1,
            .binding = {},
            .public_key = key.public_key(),
            .proof = key.sign(as_text(proof_text(session.id, challenge)))};
  }
  // P2P_OK or the code of P2P_DENY.
  std::string answer(page& from, const wire::p2p_hello& said) {
    auto& talk = from.talks.emplace_back(from.line->open_stream().value());
    const auto frame = std::make_shared<const bytes>(wire::json_frame(wire::render_p2p_message(said)));
    talk.stream->write({frame, *frame});
    run();
    if (talk.data.size() < 4) return talk.closed ? std::string(word(talk.closed->code)) : "nothing";
    const auto message = wire::parse_p2p_message(as_text(bytes_view(talk.data).subspan(4))).value();
    const auto* deny = std::get_if<wire::p2p_deny>(&message);
    return deny != nullptr ? deny->code : std::string(wire::type_of(message));
  }

  crypto::signing_key server = crypto::signing_key::generate();
  browser_key ana, eve;
  key_challenge challenge;
  work_queue work;
  std::chrono::seconds elapsed{0};
  std::shared_ptr<memory_line> line;
  std::vector<std::unique_ptr<page>> pages;
  std::vector<std::unique_ptr<byte_stream>> streams;
  std::unique_ptr<node> device;
  int opened = 0;
  std::uint64_t dials = 0;
};

TEST_F(browser_peer, that_answers_the_challenge_has_its_session) {
  const auto session = announce(ana);
  auto& there = arrive();
  EXPECT_EQ(answer(there, hello(session, ana)), "P2P_OK");
  EXPECT_EQ(opened, 1);
  // Another session of the same browser, on the same connection.
  EXPECT_EQ(answer(there, hello(announce(ana), ana)), "P2P_OK");
  EXPECT_EQ(opened, 2);
}

TEST_F(browser_peer, gets_pings_answered_once_it_has_proved_its_key) {
  const auto session = announce(ana);
  auto& there = arrive();
  const auto ping = from_hex("0100000000000000ff").value();
  there.line->send_datagram(ping);
  run();
  EXPECT_THAT(there.datagrams, testing::IsEmpty());
  EXPECT_EQ(answer(there, hello(session, ana)), "P2P_OK");
  there.line->send_datagram(ping);
  there.line->send_datagram(from_hex("0900").value());
  run();
  EXPECT_THAT(there.datagrams, testing::ElementsAre("0200000000000000ff"));
}

TEST_F(browser_peer, that_proves_nothing_is_refused) {
  const auto session = announce(ana);
  struct row {
    std::string name;
    std::function<void(wire::p2p_hello&)> change;
    std::string expected;
  };
  const auto another = [&](auto change) {
    auto changed = challenge;
    change(changed);
    return ana.sign(as_text(proof_text(session.id, changed)));
  };
  for (const auto& row : std::vector<struct row>{
           {"another nonce", [&](auto& h) { h.proof = another([](auto& c) { c.nonce[0] = {}; }); },
            "binding_mismatch"},
           {"another certificate",
            [&](auto& h) { h.proof = another([](auto& c) { c.certificate_sha256[31] = {}; }); },
            "binding_mismatch"},
           {"the proof of another session",
            [&](auto& h) { h.proof = ana.sign(as_text(proof_text(mesh::session_id("ses_1"), challenge))); },
            "binding_mismatch"},
           {"the proof of another key", [&](auto& h) { h.proof = hello(session, eve).proof; },
            "binding_mismatch"},
           {"another key with its own proof", [&](auto& h) { h = hello(session, eve); }, "session_unknown"},
           {"an agent's binding instead",
            [](auto& h) {
              h.proof = {};
              h.public_key = {};
              h.binding = to_base64url(bytes(32));
            },
            "binding_mismatch"},
           {"a key that is none", [](auto& h) { h.public_key = to_base64url(bytes(91)); },
            "binding_mismatch"}}) {
    auto said = hello(session, ana);
    row.change(said);
    EXPECT_EQ(answer(arrive(), said), row.expected) << row.name;
  }
  EXPECT_EQ(opened, 0);
  EXPECT_EQ(answer(arrive(), hello(session, ana)), "P2P_OK");  // no token was used up
}

TEST_F(browser_peer, keeps_to_one_key_on_a_connection) {
  auto& there = arrive();
  EXPECT_EQ(answer(there, hello(announce(ana), ana)), "P2P_OK");
  EXPECT_EQ(answer(there, hello(announce(eve, "eve-web"), eve)), "binding_mismatch");
}

TEST_F(browser_peer, of_an_agent_is_no_proof_at_all) {
  const auto session = announce(ana);
  line = std::make_shared<memory_line>();
  pages.push_back(
      std::make_unique<page>(std::make_unique<memory_connection>(work, line, 0, std::string(64, 'd'))));
  device->accept(std::make_unique<memory_connection>(work, line, 1, std::string(64, 'a')));
  EXPECT_EQ(answer(*pages.back(), hello(session, ana)), "session_unknown");
}

TEST_F(browser_peer, that_says_nothing_is_shown_out) {
  announce(ana);
  auto& silent = arrive();
  const auto of_silent = line;
  auto& busy = arrive();
  EXPECT_EQ(answer(busy, hello(announce(ana), ana)), "P2P_OK");
  for (int i = 0; i < 15; ++i) {
    elapsed += 1s;
    device->tick();
    run();
  }
  EXPECT_TRUE(silent.closed);
  EXPECT_EQ(of_silent->closed_with, close_code::denied);
  EXPECT_FALSE(busy.closed);
}

TEST_F(browser_peer, is_never_dialed) {
  auto& there = arrive();
  EXPECT_EQ(answer(there, hello(announce(ana), ana)), "P2P_OK");
  const auto id = crypto::new_id<session_tag>();
  capability::claims c;
  c.iss = capability::issuer;
  c.jti = "j";
  c.iat = unix_seconds(now());
  c.exp = c.iat + 120;
  c.session_id = id;
  c.initiator = {mesh::user_id("usr_00000000000000000000000001"), mesh::device_id("desktop"),
                 std::string(64, 'd')};
  c.target = {mesh::user_id("usr_00000000000000000000000001"), mesh::device_id("ana-web"), fingerprint(ana)};
  c.caps = {"share:file"};
  ASSERT_TRUE(device->announce({.id = id,
                                .own_role = capability::role::initiator,
                                .peer = c.target,
                                .token = secret(std::string(capability::issue(c, server).reveal())),
                                .expires = now() + 120s}));
  // Its connection is the page's: a session of ours needs one of our own, to an address.
  device->connect(id, {make_udp_address("192.0.2.2", 4000).value()}, [](auto) {});
  run();
  EXPECT_EQ(dials, 1U);
}

}  // namespace
}  // namespace mesh::p2p
