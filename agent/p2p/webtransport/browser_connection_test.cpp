// A browser's connection from its bytes: what Chromium and Firefox send, and what is answered.
#include "agent/p2p/webtransport/browser_connection.hpp"

#include "agent/p2p/close_code.hpp"
#include "agent/p2p/webtransport/error_code.hpp"
#include "agent/p2p/webtransport/memory_browser_in_test.hpp"
#include "agent/p2p/webtransport/settings.hpp"
#include "agent/p2p/webtransport/varint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesh::webtransport {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

// -- connections

TEST(browser_connection, opens_a_session_and_challenges_the_page) {
  browser_world w;
  EXPECT_EQ(w.sent_on(3), control_stream_opening());
  w.open_session();
  EXPECT_EQ(to_hex(w.sent_on(0)), "01030000d9");
  EXPECT_EQ(to_hex(bytes_view(w.sent_on(7)).first(3)), "405400");
  EXPECT_EQ(as_text(bytes_view(w.sent_on(7)).subspan(3)), "greeting");
  EXPECT_TRUE(w.finished(7));
  EXPECT_EQ(w.closed_with(), std::nullopt);
}

TEST(browser_connection, carries_streams_both_ways) {
  browser_world w;
  w.open_session();
  w.peer_writes(4, from_hex("404100").value());
  w.peer_writes(4, to_bytes(as_bytes("hello")), true);
  w.run();
  ASSERT_EQ(w.streams.size(), 1U);
  EXPECT_EQ(w.text_of(0), "hello");
  EXPECT_TRUE(w.fin_of(0));
  const auto own = w.connection->open_stream();
  ASSERT_TRUE(own);
  const auto text = std::make_shared<const bytes>(to_bytes(as_bytes("answer")));
  (*own)->write({text, *text});
  w.run();
  EXPECT_EQ(to_hex(bytes_view(w.sent_on(1)).first(3)), "404100");
  EXPECT_EQ(as_text(bytes_view(w.sent_on(1)).subspan(3)), "answer");
}

TEST(browser_connection, keeps_streams_that_come_before_their_session) {
  browser_world w;
  w.peer_writes(4, from_hex("40410068").value());
  w.run();
  EXPECT_THAT(w.streams, IsEmpty());
  w.open_session();
  ASSERT_EQ(w.streams.size(), 1U);
  EXPECT_EQ(w.text_of(0), "h");
}

TEST(browser_connection, keeps_few_of_them) {
  browser_world w;
  for (std::int64_t i = 1; i <= 30; ++i) w.peer_writes(4 * i, from_hex("404100").value());
  w.run();
  EXPECT_EQ(w.reset_with(4 * 24), std::nullopt);
  EXPECT_EQ(w.reset_with(4 * 25), h3::buffered_stream_rejected);
  w.open_session();
  EXPECT_EQ(w.streams.size(), 24U);
}

TEST(browser_connection, gives_streams_of_another_session_back) {
  browser_world w;
  w.open_session();
  w.peer_writes(8, from_hex("404104").value());
  w.peer_writes(6, from_hex("405400").value());  // one way: nothing of Mesh
  w.run();
  EXPECT_EQ(w.reset_with(8), h3::session_gone);
  EXPECT_EQ(w.reset_with(6), h3::session_gone);
  EXPECT_THAT(w.streams, IsEmpty());
}

TEST(browser_connection, maps_the_codes_of_resets) {
  browser_world w;
  w.open_session();
  w.peer_writes(4, from_hex("404100").value());
  w.run();
  w.streams.at(0)->stream->reset(p2p::close_code::denied);
  EXPECT_EQ(w.reset_with(4), to_http3(p2p::close_code::denied));
  w.peer_writes(8, from_hex("404100").value());
  w.run();
  w.streams.at(1)->stream.reset();
  w.run();
  EXPECT_EQ(w.reset_with(8), to_http3(0));
}

struct refused_row {
  std::string name;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string answer;
};

TEST(browser_connection, refuses_what_is_no_session_of_ours) {
  const auto fields = [](std::string method, std::string protocol, std::string path, std::string origin) {
    return std::vector<std::pair<std::string, std::string>>{
        {":scheme", "https"},       {":method", std::move(method)},     {":authority", "127.0.0.1:5000"},
        {":path", std::move(path)}, {":protocol", std::move(protocol)}, {"origin", std::move(origin)}};
  };
  for (const auto& row : std::vector<refused_row>{
           {"a GET", fields("GET", "webtransport", "/mesh", page_origin), "01030000db"},
           {"another protocol", fields("CONNECT", "websocket", "/mesh", page_origin), "01030000db"},
           {"another path", fields("CONNECT", "webtransport", "/mesh2", page_origin), "01030000db"},
           {"a foreign page", fields("CONNECT", "webtransport", "/mesh", "https://evil.example"),
            "010800005f0903343033"},
           {"no origin", fields("CONNECT", "webtransport", "/mesh", ""), "010800005f0903343033"}}) {
    browser_world w;
    w.peer_settings();
    w.peer_writes(0, headers_frame(row.fields));
    w.run();
    EXPECT_EQ(to_hex(w.sent_on(0)), row.answer) << row.name;
    EXPECT_TRUE(w.finished(0)) << row.name;
    EXPECT_EQ(w.connection->open_stream().error().code, errc::busy) << row.name;
  }
}

TEST(browser_connection, has_one_session) {
  browser_world w;
  w.open_session();
  w.peer_writes(4, connect_request_frame());
  w.run();
  EXPECT_EQ(to_hex(w.sent_on(4)), "010800005f0903343239");
}

TEST(browser_connection, ends_when_the_page_closes_its_session) {
  for (const std::string ending : {"capsule", "fin", "reset"}) {
    browser_world w;
    w.open_session();
    w.peer_writes(4, from_hex("404100").value());
    w.run();
    // A capsule to be ignored first, as Chromium sends one.
    if (ending == "capsule") w.peer_writes(0, from_hex("00021f00").value());
    if (ending == "capsule")
      w.peer_writes(0,
                    from_hex("0016"
                             "684313"
                             "00000003"
                             "636c69656e74207361797320627965")
                        .value(),
                    true);
    if (ending == "fin") w.peer_writes(0, {}, true);
    if (ending == "reset") w.peer_resets(0, to_http3(0));
    w.run();
    EXPECT_EQ(w.closed_with(), h3::no_error) << ending;
    ASSERT_TRUE(w.streams.at(0)->closed) << ending;
    EXPECT_EQ(w.streams.at(0)->closed->code, errc::connection_lost) << ending;
    ASSERT_TRUE(w.closed) << ending;
    EXPECT_EQ(w.closed->code, errc::connection_lost) << ending;
  }
}

TEST(browser_connection, closes_on_a_broken_capsule) {
  browser_world w;
  w.open_session();
  w.peer_writes(0, from_hex("0006"
                            "684303"
                            "000000")
                       .value());
  w.run();
  EXPECT_EQ(w.closed_with(), h3::message_error);
}

TEST(browser_connection, tells_the_page_why_it_closes) {
  browser_world w;
  w.open_session();
  w.connection->close(7, "bye");
  w.run();
  EXPECT_EQ(to_hex(bytes_view(w.sent_on(0)).subspan(5)), "000a68430700000007627965");
  EXPECT_TRUE(w.finished(0));
  EXPECT_TRUE(w.quic.closes_soon);
  EXPECT_FALSE(w.closed_with());
  // Meanwhile nothing new comes in, and the page's answer changes nothing.
  w.peer_writes(4, from_hex("4041006869").value());
  w.peer_sends_datagram(from_hex("006869").value());
  w.run();
  EXPECT_THAT(w.streams, IsEmpty());
  EXPECT_THAT(w.datagrams, IsEmpty());
  w.peer_writes(0, {}, true);
  w.run();
  EXPECT_FALSE(w.closed_with());
  w.quic.close(h3::no_error);
  w.run();
  EXPECT_TRUE(w.closed);
}

TEST(browser_connection, without_a_session_closes_at_once) {
  browser_world w;
  w.peer_settings();
  w.run();
  w.connection->close(7, "bye");
  w.run();
  EXPECT_FALSE(w.quic.closes_soon);
  EXPECT_EQ(w.closed_with(), h3::no_error);
}

TEST(browser_connection, ends_its_session_when_it_is_let_go) {
  browser_world w;
  w.open_session();
  w.connection.reset();
  EXPECT_EQ(to_hex(bytes_view(w.sent_on(0)).subspan(5)), "000768430400000000");
  EXPECT_TRUE(w.finished(0));
  EXPECT_TRUE(w.quic.closes_soon);
}

TEST(browser_connection, carries_datagrams_of_its_session) {
  browser_world w;
  w.connection->send_datagram(as_bytes("before the session"));
  w.peer_sends_datagram(from_hex("006561726c79").value());
  w.open_session();
  w.peer_sends_datagram(from_hex("006869").value());
  w.peer_sends_datagram(from_hex("00").value());
  w.peer_sends_datagram(from_hex("01666f726569676e").value());  // of the request on stream 4
  w.run();
  EXPECT_THAT(w.datagrams, ElementsAre("hi", ""));
  w.connection->send_datagram(as_bytes("ho"));
  ASSERT_EQ(w.quic.datagrams.size(), 1U);
  EXPECT_EQ(to_hex(w.quic.datagrams[0]), "00686f");
  w.connection->close(0, "");
  w.run();
  w.connection->send_datagram(as_bytes("late"));
  EXPECT_EQ(w.quic.datagrams.size(), 1U);
}

TEST(browser_connection, numbers_datagrams_by_a_quarter_of_the_stream_of_their_session) {
  browser_world w;
  w.peer_settings();
  w.peer_writes(256, connect_request_frame());
  w.run();
  w.peer_sends_datagram(from_hex("40406869").value());
  w.peer_sends_datagram(from_hex("006869").value());
  w.run();
  EXPECT_THAT(w.datagrams, ElementsAre("hi"));
  w.connection->send_datagram(as_bytes("ho"));
  EXPECT_EQ(to_hex(w.quic.datagrams.at(0)), "4040686f");
}

TEST(browser_connection, closes_on_a_datagram_of_no_request) {
  for (const char* const hex : {"", "40", "d000000000000000"}) {
    browser_world w;
    w.open_session();
    w.peer_sends_datagram(from_hex(hex).value());
    w.run();
    EXPECT_EQ(w.closed_with(), h3::datagram_error) << hex;
  }
}

}  // namespace
}  // namespace mesh::webtransport
