// A browser's connection from its bytes: what Chromium and Firefox send, what a hostile one may, and what is
// answered.
#include "agent/p2p/close_code.hpp"
#include "agent/p2p/webtransport/browser_connection.hpp"
#include "agent/p2p/webtransport/error_code.hpp"
#include "agent/p2p/webtransport/item_reader.hpp"
#include "agent/p2p/webtransport/memory_browser_in_test.hpp"
#include "agent/p2p/webtransport/settings.hpp"
#include "agent/p2p/webtransport/varint.hpp"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesh::webtransport {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(varint, is_that_of_the_rfc) {
  // RFC 9000 appendix A.1.
  for (const auto& [hex, value] : std::vector<std::pair<std::string, std::uint64_t>>{
           {"c2197c5eff14e88c", 151288809941952652}, {"9d7f3e7d", 494878333}, {"7bbd", 15293}, {"25", 37}}) {
    const auto encoded = from_hex(hex).value();
    bytes_view data = encoded;
    EXPECT_EQ(take_varint(data), value);
    EXPECT_TRUE(data.empty());
    bytes out;
    append_varint(out, value);
    EXPECT_EQ(to_hex(out), hex);
    for (std::size_t i = 0; i < encoded.size(); ++i) {
      bytes_view part = bytes_view(encoded).first(i);
      EXPECT_EQ(take_varint(part), std::nullopt);
      EXPECT_EQ(part.size(), i);
    }
  }
}

TEST(error_code, travels_among_those_of_http3) {
  // Measured with Chromium.
  EXPECT_EQ(to_http3(42), 0x52e4a40fa906U);
  EXPECT_EQ(to_http3(5), 0x52e4a40fa8e0U);
  for (std::uint32_t n = 0; n < 2000; ++n) {
    EXPECT_EQ(from_http3(to_http3(n)), n);
    EXPECT_NE((to_http3(n) - 0x21) % 0x1f, 0U);
  }
  EXPECT_EQ(from_http3(to_http3(0xffffffff)), 0xffffffffU);
  for (const std::uint64_t foreign :
       {std::uint64_t{0}, std::uint64_t{0x100}, to_http3(0) - 1, to_http3(0xffffffff) + 1})
    EXPECT_EQ(from_http3(foreign), std::nullopt);
  EXPECT_EQ(meaning_of(to_http3(p2p::close_code::revoked)).code, errc::session_revoked);
  EXPECT_EQ(meaning_of(0x100).code, errc::canceled);
}

TEST(settings, are_what_browsers_accept) {
  EXPECT_EQ(to_hex(control_stream_opening()),
            "000412"
            "0801"
            "3301"
            "ab60374201"
            "c0000000c671706a01");
}

TEST(settings, of_browsers_are_accepted_and_broken_ones_are_not) {
  const auto of = [](std::initializer_list<std::pair<std::uint64_t, std::uint64_t>> pairs) {
    bytes out;
    for (const auto& [setting, value] : pairs) {
      append_varint(out, setting);
      append_varint(out, value);
    }
    return out;
  };
  // Chromium 156 with one to be ignored, Firefox 153.
  EXPECT_TRUE(check_settings(of(
      {{1, 65536}, {6, 16384}, {7, 100}, {0x33, 1}, {0xffd277, 1}, {0x2b603742, 1}, {0x1f * 7 + 0x21, 9}})));
  EXPECT_TRUE(check_settings(of({{1, 65536}, {7, 20}, {0x2b603742, 1}, {0xffd277, 1}, {0x33, 1}, {8, 1}})));
  EXPECT_TRUE(check_settings({}));
  EXPECT_FALSE(check_settings(of({{2, 1}})));
  EXPECT_FALSE(check_settings(of({{7, 1}, {7, 1}})));
  EXPECT_FALSE(check_settings(from_hex("07").value()));
  EXPECT_FALSE(check_settings(from_hex("0740").value()));
}

TEST(item_reader, reads_the_same_from_pieces_of_any_size) {
  bytes all;
  const auto add = [&](std::uint64_t type, const bytes& value) {
    append_varint(all, type);
    append_varint(all, value.size());
    all.insert(all.end(), value.begin(), value.end());
  };
  add(1, bytes(300, std::byte{1}));
  add(0x40000000, bytes(5, std::byte{2}));
  add(0, bytes(1000, std::byte{3}));
  add(1, {});
  add(0, {});
  add(1, bytes(3, std::byte{4}));
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::size_t> kept;
    std::size_t streamed = 0;
    item_reader reader(300, {.on_begin = [](std::uint64_t type, std::uint64_t) -> result<item_reader::care> {
                               return type == 1   ? item_reader::care::keep
                                      : type == 0 ? item_reader::care::stream
                                                  : item_reader::care::skip;
                             },
                             .on_value = [&](std::uint64_t type, bytes_view value) -> result<void> {
                               if (type == 1)
                                 kept.push_back(value.size());
                               else
                                 streamed += value.size();
                               return {};
                             }});
    for (bytes_view left = all; !left.empty();) {
      const auto count = std::min<std::size_t>(left.size(), 1 + random() % 17);
      ASSERT_TRUE(reader.push(left.first(count)));
      left = left.subspan(count);
    }
    EXPECT_THAT(kept, ElementsAre(300, 0, 3));
    EXPECT_EQ(streamed, 1000U);
    EXPECT_TRUE(reader.between_items());
  }
}

TEST(item_reader, keeps_no_more_than_it_was_told) {
  item_reader reader(10, {.on_begin = [](std::uint64_t, std::uint64_t) -> result<item_reader::care> {
                            return item_reader::care::keep;
                          },
                          .on_value = [](std::uint64_t, bytes_view) -> result<void> { return {}; }});
  EXPECT_EQ(reader.push(from_hex("010b").value()).error().code, errc::bad_frame);
}

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

TEST(browser_connection, ignores_what_exists_to_be_ignored) {
  browser_world w;
  w.peer_settings();
  w.peer_writes(2, from_hex("40"
                            "ff"
                            "03"
                            "010203")
                       .value());            // a frame on the control stream
  w.peer_writes(6, from_hex("02").value());  // QPACK
  w.peer_writes(10, from_hex("03"
                             "ff")
                        .value());
  w.peer_writes(14, from_hex("40"
                             "ff"
                             "000102")
                        .value());  // a stream of an unknown type
  w.peer_writes(0, from_hex("40"
                            "ff"
                            "02"
                            "0909")
                       .value());
  w.open_session(false);
  EXPECT_EQ(w.reset_with(14), h3::stream_creation);
  EXPECT_EQ(w.closed_with(), std::nullopt);
  EXPECT_EQ(w.streams.size(), 0U);
}

TEST(browser_connection, closes_on_a_peer_that_breaks_http3) {
  struct row {
    std::string name;
    std::int64_t stream;
    std::string hex;
    bool fin;
    std::uint64_t code;
  };
  for (const auto& row : std::vector<struct row>{
           {"no settings first", 2,
            "00"
            "0700",
            false, h3::missing_settings},
           {"data on the control stream", 2,
            "00"
            "0400"
            "0000",
            false, h3::frame_unexpected},
           {"settings again", 2,
            "00"
            "0400"
            "0400",
            false, h3::frame_unexpected},
           {"settings of HTTP/2", 2,
            "00"
            "04020201",
            false, h3::settings_error},
           {"endless settings", 2,
            "00"
            "0480100000",
            false, h3::excessive_load},
           {"the end of the control stream", 2,
            "00"
            "0400",
            true, h3::closed_critical_stream},
           {"a push stream", 2, "01", false, h3::stream_creation},
           {"data before headers", 0, "0000", false, h3::frame_unexpected},
           {"settings on a request", 0, "0400", false, h3::frame_unexpected},
           {"a frame of HTTP/2", 0, "0600", false, h3::frame_unexpected},
           {"endless headers", 0, "0180100000", false, h3::excessive_load},
           {"headers that are no QPACK", 0, "0103ffffff", false, h3::qpack_decompression_failed},
           {"headers that need a table", 0, "0103020080", false, h3::qpack_decompression_failed},
           {"half a frame", 0,
            "0105"
            "0000",
            true, h3::frame_error},
           {"a session id of no request", 4, "404101", false, 0x108}}) {
    browser_world w;
    w.peer_writes(row.stream, from_hex(row.hex).value(), row.fin);
    w.run();
    EXPECT_EQ(w.closed_with(), row.code) << row.name;
    EXPECT_TRUE(w.closed) << row.name;
  }
}

// What comes behind a fault of a request, its end above all, counts for nothing, in one packet or in many.
TEST(browser_connection, forgets_a_request_that_broke_the_rules_however_its_bytes_are_cut) {
  for (const bool whole : {true, false}) {
    browser_world w;
    if (whole) {
      w.peer_writes(0, from_hex("0000").value(), true);
    } else {
      w.peer_writes(0, from_hex("00").value());
      w.run();
      w.peer_writes(0, from_hex("00").value(), true);
    }
    w.run();
    EXPECT_EQ(w.closed_with(), h3::frame_unexpected) << whole;
    EXPECT_EQ(w.reset_with(0), std::nullopt) << whole;
  }
}

TEST(browser_connection, survives_any_cut_of_its_bytes) {
  std::mt19937 random(11);
  for (int round = 0; round < 100; ++round) {
    browser_world w;
    const auto pour = [&](std::int64_t id, bytes data) {
      for (bytes_view left = data; !left.empty();) {
        const auto count = std::min<std::size_t>(left.size(), 1 + random() % 5);
        w.peer_writes(id, to_bytes(left.first(count)));
        w.run();
        left = left.subspan(count);
      }
    };
    pour(2, peer_control_opening());
    pour(0, connect_request_frame());
    pour(4, from_hex("4041006869").value());
    ASSERT_EQ(w.streams.size(), 1U);
    EXPECT_EQ(w.text_of(0), "hi");
  }
}

}  // namespace
}  // namespace mesh::webtransport
