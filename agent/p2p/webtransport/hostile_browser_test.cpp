// What a page that breaks the rules may send, in any pieces.
#include "agent/p2p/close_code.hpp"
#include "agent/p2p/webtransport/browser_connection.hpp"
#include "agent/p2p/webtransport/error_code.hpp"
#include "agent/p2p/webtransport/memory_browser_in_test.hpp"
#include "agent/p2p/webtransport/varint.hpp"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesh::webtransport {
namespace {

using namespace test;

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
