#include "agent/p2p/relay/page_in_test.hpp"
#include "core/wire/json.hpp"

#include <fstream>
#include <sstream>

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesh::relay {
namespace {

using test::relay_world;
using testing::ElementsAre;

// -- the golden vector, which the page reads too

struct golden {
  golden() {
    std::ostringstream text;
    text << std::ifstream(MESH_SOURCE_DIR "/tests/vectors/relay/connection.json").rdbuf();
    json = boost::json::parse(text.str()).as_object();
    session.id = mesh::session_id(at("session_id"));
    session.token = secret(at("token"));
    session.peer.key_sha256 = at("page_key_sha256");
  }
  std::string at(std::string_view key) const { return std::string(json.at(key).as_string()); }
  bytes hex(std::string_view key) const { return from_hex(at(key)).value(); }

  boost::json::object json;
  p2p::announced_session session;
};

TEST(relay_handshake, is_that_of_the_golden_vector) {
  const golden g;
  const auto device = crypto::signing_key::from_seed(g.hex("device_seed")).value();
  answering target(g.session, device, crypto::p256_exchange::from_private(g.hex("target_private")).value());
  EXPECT_EQ(to_hex(target.answer(g.hex("opening")).value()), g.at("answer"));
  const auto keys = target.finish(g.hex("proof")).value();
  EXPECT_EQ(to_hex(keys.to_target), g.at("to_target"));
  EXPECT_EQ(to_hex(keys.to_initiator), g.at("to_initiator"));
  const auto& challenge = g.json.at("challenge").as_object();
  EXPECT_EQ(to_hex(keys.challenge.nonce), challenge.at("nonce").as_string());
  EXPECT_EQ(to_hex(keys.challenge.certificate_sha256), challenge.at("certificate_sha256").as_string());

  sealer to_initiator(keys.to_initiator);
  opener from_initiator(keys.to_target);
  for (const auto& entry : g.json.at("messages").as_array()) {
    const auto& message = entry.as_object();
    const auto inside = from_hex(message.at("frame").as_string()).value();
    const auto sealed = from_hex(message.at("message").as_string()).value();
    EXPECT_EQ(render_frame(parse_frame(inside).value()), inside);
    if (message.at("to").as_string() == "initiator")
      EXPECT_EQ(to_initiator.seal(inside), sealed);
    else
      EXPECT_EQ(from_initiator.open(sealed).value(), inside);
  }
}

// -- a relay that lies, and a page that is not the session's

TEST(relay_handshake, notices_a_relay_that_puts_in_keys_of_its_own) {
  struct row {
    std::string name;
    std::function<bytes(relay_world&, bytes answer)> proof;
  };
  const auto liar = crypto::p256_exchange::generate();
  for (const auto& row :
       std::vector<struct row>{{"to the page, which signs another key",
                                [&](auto& w, bytes) { return w.proof_over(liar.point()); }},
                               {"a signature of another page",
                                [](auto& w, bytes answer) {
                                  relay_world other(false);
                                  other.own = std::move(w.own);
                                  return other.proof_over(bytes_view(answer).first(65));
                                }},
                               {"a proof that was changed",
                                [](auto& w, bytes answer) {
                                  auto proof = w.proof_over(bytes_view(answer).first(65));
                                  proof.back() ^= std::byte{1};
                                  return proof;
                                }},
                               {"another key, with its own signature", [](auto& w, bytes answer) {
                                  w.page = testing_support::browser_key();
                                  return w.proof_over(bytes_view(answer).first(65));
                                }}}) {
    relay_world w(false);
    ASSERT_TRUE(w.agent->take(w.own.point()));
    const auto done = w.agent->take(row.proof(w, w.agent->next().value()));
    ASSERT_FALSE(done) << row.name;
    EXPECT_EQ(done.error().code, errc::peer_key_mismatch) << row.name;
    EXPECT_TRUE(w.agent->over());
    EXPECT_EQ(w.connection, nullptr);
  }
  // To the agent: what the page signed names its own ephemeral key, not the relay's.
  relay_world w(false);
  ASSERT_TRUE(w.agent->take(liar.point()));
  const auto done = w.agent->take(w.proof_over(bytes_view(w.agent->next().value()).first(65)));
  EXPECT_EQ(done.error().code, errc::peer_key_mismatch);
}

TEST(relay_handshake, refuses_what_is_none) {
  for (const auto& opening : {bytes{}, bytes(65), bytes(64, std::byte{4}), bytes(16416)}) {
    relay_world w(false);
    EXPECT_EQ(w.agent->take(opening).error().code, errc::handshake_failed);
    EXPECT_FALSE(w.agent->next());
  }
  for (const std::size_t size : {0UZ, 1UZ, 154UZ, 156UZ}) {
    relay_world w(false);
    (void)w.agent->take(w.own.point());
    EXPECT_EQ(w.agent->take(bytes(size)).error().code, errc::handshake_failed) << size;
  }
}

TEST(relay_handshake, has_other_keys_under_another_token) {
  relay_world w(false);
  (void)w.agent->take(w.own.point());
  const auto answer = w.agent->next().value();
  const auto theirs = bytes_view(answer).first(65);
  ASSERT_TRUE(w.agent->take(w.proof_over(theirs)));
  sealer stranger(derive_keys(w.own.agree(theirs).value(), "another token").to_target);
  EXPECT_EQ(w.agent->take(stranger.seal(render_frame({frame_kind::open, 0, {}}))).error().code,
            errc::bad_message);
}

// -- sealed messages

TEST(relay_link, ends_when_a_message_is_changed_repeated_or_left_out) {
  const auto open = render_frame({frame_kind::open, 0, {}});
  const auto data = render_frame({frame_kind::data, 0, as_bytes("abc")});
  struct row {
    std::string name;
    std::function<bytes(sealer&)> second;
  };
  bytes first;
  for (const auto& row : std::vector<struct row>{{"changed",
                                                  [&](auto& s) {
                                                    auto m = s.seal(data);
                                                    m[10] ^= std::byte{1};
                                                    return m;
                                                  }},
                                                 {"cut short",
                                                  [&](auto& s) {
                                                    auto m = s.seal(data);
                                                    m.pop_back();
                                                    return m;
                                                  }},
                                                 {"the first again", [&](auto&) { return first; }},
                                                 {"one left out",
                                                  [&](auto& s) {
                                                    (void)s.seal(data);
                                                    return s.seal(data);
                                                  }},
                                                 {"not sealed", [&](auto&) { return data; }}}) {
    relay_world w;
    first = w.to_agent->seal(open);
    ASSERT_TRUE(w.agent->take(first));
    const auto done = w.agent->take(row.second(*w.to_agent));
    ASSERT_FALSE(done) << row.name;
    EXPECT_EQ(done.error().code, errc::bad_message) << row.name;
    w.run();
    EXPECT_TRUE(w.closed) << row.name;
  }
}

// -- streams

TEST(relay_link, carries_streams_of_the_page) {
  relay_world w;
  ASSERT_TRUE(w.connection);
  EXPECT_TRUE(w.connection->relayed());
  EXPECT_EQ(w.connection->challenge()->nonce, w.keys.challenge.nonce);
  ASSERT_TRUE(w.says({frame_kind::open, 0, {}}));
  ASSERT_TRUE(w.says({frame_kind::data, 0, as_bytes("hello ")}));
  ASSERT_TRUE(w.says({frame_kind::data, 0, as_bytes("agent")}));
  ASSERT_TRUE(w.says({frame_kind::fin, 0, {}}));
  ASSERT_EQ(w.streams.size(), 1U);
  EXPECT_EQ(as_text(w.streams[0]->data), "hello agent");
  EXPECT_TRUE(w.streams[0]->fin);
  const auto reply = std::make_shared<const bytes>(to_bytes(as_bytes("good day")));
  w.streams[0]->stream->write({reply, *reply});
  w.streams[0]->stream->finish();
  w.streams.clear();  // what was written still goes out
  const auto back = w.hears();
  ASSERT_EQ(back.size(), 2U);
  EXPECT_EQ(as_text(back[0].body), "good day");
  EXPECT_EQ(back[1].kind, frame_kind::fin);
}

TEST(relay_link, opens_streams_of_its_own) {
  relay_world w;
  relay_world::seen own(w.connection->open_stream().value());
  ASSERT_TRUE(w.says({frame_kind::data, 1, as_bytes("yes")}));
  EXPECT_EQ(as_text(own.data), "yes");
  const auto back = w.hears();
  ASSERT_EQ(back.size(), 1U);
  EXPECT_EQ(back[0].kind, frame_kind::open);
  EXPECT_EQ(back[0].stream, 1U);
  std::array<std::byte, 4> denied{};
  denied[3] = std::byte{0x13};
  ASSERT_TRUE(w.says({frame_kind::reset, 1, denied}));
  ASSERT_TRUE(own.closed);
  EXPECT_EQ(own.closed->code, errc::denied);
}

TEST(relay_link, refuses_what_breaks_the_rules) {
  const auto number = [](std::uint32_t value) {
    bytes body;
    append_be(body, value);
    return body;
  };
  const bytes full(frame_data_bytes_max, std::byte{1});
  struct row {
    std::string name;
    std::vector<bytes> says;
  };
  const auto open = render_frame({frame_kind::open, 0, {}});
  const auto plain = [](frame_kind kind, std::uint32_t stream, bytes_view body = {}) {
    return render_frame({kind, stream, body});
  };
  std::vector<bytes> too_much{open};
  for (std::size_t sent = 0; sent <= window_bytes; sent += full.size())
    too_much.push_back(plain(frame_kind::data, 0, full));
  for (const auto& row : std::vector<struct row>{
           {"nothing", {bytes{}}},
           {"half a head", {bytes(4)}},
           {"a kind that does not exist", {plain(static_cast<frame_kind>(6), 0)}},
           {"kind zero", {bytes(5)}},
           {"a stream number of ours", {plain(frame_kind::open, 1)}},
           {"a stream twice", {open, open}},
           {"a stream before the last one", {plain(frame_kind::open, 2), open}},
           {"content of no stream", {plain(frame_kind::data, 0, as_bytes("a"))}},
           {"content of a stream we did not open", {plain(frame_kind::data, 1, as_bytes("a"))}},
           {"no content", {open, plain(frame_kind::data, 0)}},
           {"too long", {open, plain(frame_kind::data, 0, bytes(frame_data_bytes_max + 1))}},
           {"an opening with content", {plain(frame_kind::open, 0, as_bytes("a"))}},
           {"an end with content", {open, plain(frame_kind::fin, 0, as_bytes("a"))}},
           {"two ends", {open, plain(frame_kind::fin, 0), plain(frame_kind::fin, 0)}},
           {"content behind the end",
            {open, plain(frame_kind::fin, 0), plain(frame_kind::data, 0, as_bytes("a"))}},
           {"credit that is no number", {open, plain(frame_kind::credit, 0, bytes(3))}},
           {"a reset that is no number", {open, plain(frame_kind::reset, 0, bytes(8))}},
           {"credit without end", {open, plain(frame_kind::credit, 0, number(0xFFFFFFFFU))}},
           {"more than the window", too_much}}) {
    relay_world w;
    w.reads = false;
    for (std::size_t i = 0; i + 1 < row.says.size(); ++i) ASSERT_TRUE(w.says(row.says[i])) << row.name;
    const auto done = w.says(row.says.back());
    ASSERT_FALSE(done) << row.name;
    EXPECT_EQ(done.error().code, errc::bad_frame) << row.name;
    EXPECT_TRUE(w.closed) << row.name;
    for (const auto& stream : w.streams) EXPECT_TRUE(stream->closed) << row.name;
  }
}

TEST(relay_link, gives_room_back_as_it_is_read) {
  relay_world w;
  ASSERT_TRUE(w.says({frame_kind::open, 0, {}}));
  const bytes full(frame_data_bytes_max, std::byte{7});
  std::size_t room = window_bytes, sent = 0;
  while (sent < 4 * std::size_t{window_bytes}) {
    ASSERT_GE(room, full.size()) << "nothing came back";
    ASSERT_TRUE(w.says({frame_kind::data, 0, full}));
    room -= full.size();
    sent += full.size();
    for (const auto& word : w.hears()) {
      ASSERT_EQ(word.kind, frame_kind::credit);
      room += get_be<std::uint32_t>(word.body.data());
    }
    ASSERT_LE(room, window_bytes);
  }
  EXPECT_EQ(w.streams[0]->data.size(), sent);
}

TEST(relay_link, sends_no_more_than_it_has_credit_for_and_asks_when_there_is_room) {
  relay_world w;
  ASSERT_TRUE(w.says({frame_kind::open, 0, {}}));
  auto& stream = *w.streams[0]->stream;
  const auto block = std::make_shared<const bytes>(limits::chunk_bytes, std::byte{3});
  std::size_t written = 0;
  for (; stream.writable() >= block->size(); written += block->size()) stream.write({block, *block});
  EXPECT_LE(written, 4 * block->size());
  std::size_t got = 0;
  for (const auto& word : w.hears()) got += word.body.size();
  EXPECT_EQ(got, std::min<std::size_t>(written, window_bytes));
  bytes more;
  append_be(more, window_bytes);
  ASSERT_TRUE(w.says({frame_kind::credit, 0, more}));
  for (const auto& word : w.hears()) got += word.body.size();
  EXPECT_EQ(got, written);
  EXPECT_EQ(w.streams[0]->rooms, 1);
}

TEST(relay_link, lets_streams_take_turns) {
  relay_world w;
  const auto block = std::make_shared<const bytes>(limits::chunk_bytes, std::byte{3});
  for (const std::uint32_t number : {0U, 2U}) ASSERT_TRUE(w.says({frame_kind::open, number, {}}));
  w.streams[0]->stream->write({block, *block});
  const auto first = w.from_agent->open(w.agent->next().value()).value();
  EXPECT_EQ(parse_frame(first)->stream, 0U);
  const auto key = std::make_shared<const bytes>(1);
  w.streams[1]->stream->write({key, *key});
  std::vector<std::uint32_t> order;
  for (const auto& word : w.hears()) order.push_back(word.stream);
  EXPECT_THAT(std::vector(order.begin(), order.begin() + 3), ElementsAre(2, 0, 0));
}

TEST(relay_link, keeps_no_more_streams_than_it_may) {
  relay_world w;
  for (std::uint32_t i = 0; i < 70; ++i) ASSERT_TRUE(w.says({frame_kind::open, 2 * i, {}}));
  EXPECT_EQ(w.streams.size(), 64U);
  const auto back = w.hears();
  ASSERT_EQ(back.size(), 6U);
  for (const auto& word : back) EXPECT_EQ(word.kind, frame_kind::reset);
  // A flood of them ends it.
  result<void> last;
  for (std::uint32_t i = 70; i < 2000 && last; ++i) last = w.says({frame_kind::open, 2 * i, {}});
  EXPECT_EQ(last.error().code, errc::bad_frame);
}

TEST(relay_link, whose_socket_is_lost_tells_everybody_once) {
  relay_world w;
  ASSERT_TRUE(w.says({frame_kind::open, 0, {}}));
  w.agent->lost({errc::connection_lost, "the server is gone", {}});
  w.run();
  EXPECT_EQ(w.closed->detail, "the server is gone");
  EXPECT_EQ(w.streams[0]->closed->detail, "the server is gone");
  EXPECT_TRUE(w.agent->over());
  EXPECT_FALSE(w.agent->next());
  EXPECT_FALSE(w.connection->open_stream());
}

TEST(relay_link, that_is_closed_here_is_over_for_whoever_carries_it) {
  relay_world w;
  const int before = w.wakes;
  w.connection->close(0, "done");
  EXPECT_TRUE(w.agent->over());
  EXPECT_GT(w.wakes, before);
  EXPECT_FALSE(w.closed);  // not from inside the call
  w.run();
  EXPECT_TRUE(w.closed);
}

TEST(relay_link, forgets_a_stream_whose_both_ends_are_done) {
  relay_world w;
  for (std::uint32_t i = 0; i < 300; ++i) {
    ASSERT_TRUE(w.says({frame_kind::open, 2 * i, {}}));
    ASSERT_TRUE(w.says({frame_kind::fin, 2 * i, {}}));
    w.streams.back()->stream->finish();
    w.streams.clear();
    ASSERT_EQ(w.hears().size(), 1U) << i;  // the end, no refusal
  }
}

}  // namespace
}  // namespace mesh::relay
