#include "agent/debug/dump.hpp"
#include "agent/debug/format.hpp"
#include "agent/debug/progress_line.hpp"
#include "core/base/escape.hpp"

#include <gtest/gtest.h>

namespace mesh::debug {
namespace {

using namespace std::chrono_literals;

TEST(format, bytes_are_shown_in_the_unit_that_fits) {
  struct row {
    std::uint64_t count;
    std::string expected;
  };
  for (const auto& [count, expected] : std::vector<row>{
           {0, "0 B"},
           {1, "1 B"},
           {1023, "1023 B"},
           {1024, "1.00 KB"},
           {1536, "1.50 KB"},
           {1024 * 1024 - 1, "1.00 MB"},
           {1024 * 1024, "1.00 MB"},
           {200ULL * 1024 * 1024, "200.00 MB"},
           {1024ULL * 1024 * 1024, "1.00 GB"},
           {5000ULL * 1024 * 1024 * 1024, "5000.00 GB"},
       })
    EXPECT_EQ(format_bytes(count), expected) << count;
}

TEST(format, speed_is_in_megabytes_per_second) {
  EXPECT_DOUBLE_EQ(calculate_speed(10 * 1024 * 1024, 2), 5);
  EXPECT_DOUBLE_EQ(calculate_speed(1, 0), 0);
  EXPECT_DOUBLE_EQ(calculate_speed(1, -1), 0);
}

TEST(format, durations_are_minutes_and_seconds) {
  EXPECT_EQ(format_duration(0s), "0:00");
  EXPECT_EQ(format_duration(-3s), "0:00");
  EXPECT_EQ(format_duration(67s), "1:07");
  EXPECT_EQ(format_duration(3723s), "1:02:03");
}

const progress_state half{"film.mkv", 100ULL << 20U, 200ULL << 20U, 50.0 * 1024 * 1024, 2s};

TEST(format, sizes_are_written_as_each_language_writes_them) {
  using text::language;
  EXPECT_EQ(format_bytes(60'000'000, language::en), "57.22 MB");
  EXPECT_EQ(format_bytes(60'000'000, language::fr), "57,22\u00A0Mo");
  EXPECT_EQ(format_bytes(512, language::fr), "512\u00A0o");
  EXPECT_EQ(format_seconds(0.154, language::en), "0.15 s");
  EXPECT_EQ(format_seconds(0.154, language::fr), "0,15\u00A0s");
  EXPECT_EQ(format_milliseconds(0.418, language::en), "0.42 ms");
  EXPECT_EQ(format_milliseconds(0.418, language::fr), "0,42\u00A0ms");
}

TEST(progress_line, shows_percentage_bytes_speed_and_time_left) {
  EXPECT_EQ(progress_line(half, 90, {}),
            "film.mkv  [============>            ]   50 %  100.00 MB / 200.00 MB  50.00 MB/s  0:02 left");
}

TEST(progress_line, tells_the_average_beside_the_present_speed_where_there_is_room) {
  auto state = half;
  state.average = 40.0 * 1024 * 1024;
  EXPECT_NE(progress_line(state, 120, {}).find("  50.00 MB/s  average 40.00 MB/s  0:02 left"),
            std::string::npos);
  EXPECT_EQ(progress_line(state, 90, {}), progress_line(half, 90, {}));
  EXPECT_EQ(progress_plain_line(state, {}),
            "film.mkv  50 %  100.00 MB / 200.00 MB  50.00 MB/s  average 40.00 MB/s  0:02 left");
}

TEST(progress_line, speaks_the_words_it_is_given) {
  const auto line = progress_line(half, 120, {"/s", "restant", "inconnu"});
  EXPECT_NE(line.find("0:02 restant"), std::string::npos);
  auto unknown = half;
  unknown.eta.reset();
  EXPECT_NE(progress_line(unknown, 120, {"/s", "restant", "inconnu"}).find("inconnu restant"),
            std::string::npos);
}

TEST(progress_line, is_never_wider_than_the_terminal) {
  auto state = half;
  for (const std::string name :
       {"a", "film.mkv", "ein-sehr-langer-name-mit-umlauten-äöüäöüäöüäöüäöüäöü.tar.gz"}) {
    state.name = name;
    for (std::size_t width = 1; width < 200; ++width)
      EXPECT_LE(utf8_length(progress_line(state, width, {})), width) << name << " " << width;
  }
}

TEST(progress_line, keeps_speed_and_time_left_rather_than_the_bar) {
  EXPECT_EQ(progress_line(half, 40, {}), "film.mkv   50 %  50.00 MB/s  0:02 left");
}

TEST(progress_line, counts_wide_characters_twice) {
  EXPECT_EQ(display_columns("aé日本😀"), 8U);
  auto state = half;
  state.name = "日本語のとても長いファイル名、端末より長い😀😀😀😀😀😀.mkv";
  for (std::size_t width = 1; width < 120; ++width)
    EXPECT_LE(display_columns(progress_line(state, width, {})), width) << width;
}

TEST(progress_line, is_full_only_when_everything_is_there) {
  auto state = half;
  state.done = state.size - 1;
  EXPECT_NE(progress_line(state, 100, {}).find(" 99 %"), std::string::npos);
  state.done = state.size;
  EXPECT_NE(progress_line(state, 100, {}).find("100 %"), std::string::npos);
  EXPECT_EQ(progress_line(state, 100, {}).find('>'), std::string::npos);
  state.size = state.done = 0;
  EXPECT_NE(progress_line(state, 100, {}).find("100 %"), std::string::npos);
}

TEST(progress_line, a_hostile_name_cannot_move_the_cursor) {
  auto state = half;
  state.name = "x\x1b[2J\r\n\t";
  for (const auto& line : {progress_line(state, 120, {}), progress_plain_line(state, {})}) {
    EXPECT_EQ(line.find('\x1b'), std::string::npos);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_EQ(line.find('\r'), std::string::npos);
    EXPECT_EQ(line.find('\t'), std::string::npos);
  }
}

TEST(progress_line, without_a_terminal_the_facts_are_the_same) {
  EXPECT_EQ(progress_plain_line(half, {}), "film.mkv  50 %  100.00 MB / 200.00 MB  50.00 MB/s  0:02 left");
}

TEST(dump, an_event_is_indented_and_its_secrets_are_masked) {
  const auto e = wire::parse_event(
      R"({"type":"p2p.session.created","id":"evt_1","to":"device:b","payload":{"session_id":"ses_1",)"
      R"("session_token":"hush.hush","list":[{"password":"hush"}],"code":"busy","kind":"file"}})");
  ASSERT_TRUE(e.has_value());
  const auto text = dump_event(*e);
  EXPECT_EQ(text.find("hush"), std::string::npos);
  EXPECT_NE(text.find("\"session_token\": \"********\""), std::string::npos);
  EXPECT_NE(text.find("\"code\": \"busy\""), std::string::npos);
  EXPECT_NE(text.find("\"kind\": \"file\""), std::string::npos);
  EXPECT_NE(text.find("\n  \"type\": \"p2p.session.created\""), std::string::npos);
}

TEST(dump, quic_stats_name_rtt_window_bytes_packets_and_loss) {
  p2p::connection_stats s;
  s.peer = "192.168.1.50:5000";
  s.rtt_min = 100us;
  s.rtt_smoothed = 250us;
  s.rtt_latest = 300us;
  s.congestion_window = 800 * 1024;
  s.bytes_in_flight = 1024;
  s.bytes_sent = 3 << 20U;
  s.bytes_received = 2048;
  s.packets_sent = 2000;
  s.packets_received = 100;
  s.packets_lost = 5;
  s.datagrams_sent = 7;
  s.datagrams_received = 8;
  s.paced = false;
  EXPECT_EQ(dump_quic_stats(s, "cubic"),
            "peer               192.168.1.50:5000\n"
            "rtt                smoothed 0.250 ms, min 0.100 ms, latest 0.300 ms\n"
            "congestion window  800.00 KB (1.00 KB in flight), cubic, not paced\n"
            "sent               3.00 MB in 2000 packets\n"
            "received           2.00 KB in 100 packets\n"
            "lost               5 packets (0.25 %)\n"
            "datagrams          7 sent, 8 received\n");
  EXPECT_NE(dump_quic_stats({}, "bbr").find("0 packets (0.00 %)"), std::string::npos);
  s.paced = true;
  EXPECT_NE(dump_quic_stats(s, "bbr").find("in flight), bbr, paced\n"), std::string::npos);
  s.paced.reset();
  EXPECT_NE(dump_quic_stats(s, "bbr").find("congestion window  that of TCP to the relay\n"),
            std::string::npos);
}

TEST(dump, sessions_are_listed_soonest_first_with_what_is_left) {
  const auto now = from_unix_seconds(1'767'567'600);
  const std::vector<cached_session> sessions{
      {"ses_late", "file", "initiator", "laptop", now + 90s},
      {"ses_gone", "folder", "target", "desk", now - 1s},
  };
  EXPECT_EQ(dump_session_cache_info(sessions, now),
            "2 sessions cached\n"
            "ses_gone  folder  target  desk  expired  expires 2026-01-04T22:59:59.000Z\n"
            "ses_late  file  initiator  laptop  90 s left  expires 2026-01-04T23:01:30.000Z\n");
  EXPECT_EQ(dump_session_cache_info({}, now), "0 sessions cached\n");
}

}  // namespace
}  // namespace mesh::debug
