#include "agent/terminal/cast_reader.hpp"
#include "agent/terminal/cast_writer.hpp"

#include <random>

#include <gtest/gtest.h>

namespace mesh::terminal {
namespace {

using namespace std::chrono_literals;

TEST(cast, is_written_as_asciinema_reads_it) {
  cast_writer writer;
  EXPECT_EQ(cast_writer::begin({80, 24}, 1'800'000'000, "build"),
            "{\"version\":2,\"width\":80,\"height\":24,\"timestamp\":1800000000,\"title\":\"build\",\"env\":{"
            "\"TERM\":\"xterm-256color\"}}\n");
  EXPECT_EQ(writer.output(1500ms, as_bytes("a\x1b[1m\r\n")), "[1.500000,\"o\",\"a\\u001b[1m\\r\\n\"]\n");
  EXPECT_EQ(cast_writer::marker(2s, "ben types"), "[2.000000,\"m\",\"ben types\"]\n");
  EXPECT_EQ(cast_writer::resize(3s, {100, 30}), "[3.000000,\"r\",\"100x30\"]\n");
}

TEST(cast, letters_that_come_in_pieces_are_whole_and_bad_ones_replaced) {
  cast_writer writer;
  EXPECT_EQ(writer.output(1s, as_bytes("\xe2\x82")), "");
  EXPECT_EQ(writer.output(2s, as_bytes("\xac!")), "[2.000000,\"o\",\"\xe2\x82\xac!\"]\n");
  EXPECT_EQ(writer.output(3s, as_bytes("\xff\xc3(")), "[3.000000,\"o\",\"\xef\xbf\xbd\xef\xbf\xbd(\"]\n");
}

TEST(cast, is_read_back_as_it_was_written_however_it_came) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string said = "ls \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\r\n\x1b]0;\"t\"\a";
  for (int round = 0; round < 50; ++round) {
    cast_writer writer;
    auto text = cast_writer::begin({80, 24}, 0, "t");
    for (std::size_t at = 0; at < said.size();) {
      const auto length = std::min<std::size_t>(said.size() - at, 1 + random() % 5);
      text +=
          writer.output(std::chrono::milliseconds(at), as_bytes(std::string_view(said).substr(at, length)));
      at += length;
    }
    const auto read = read_cast(text);
    ASSERT_TRUE(read) << read.error().detail;
    std::string heard;
    for (const auto& event : read->events) heard += event.text;
    EXPECT_EQ(heard, said);
  }
}

TEST(cast, of_others_is_read_with_what_we_do_not_write) {
  const auto read = read_cast(
      "{\"version\":2,\"width\":80,\"height\":24,\"idle_time_limit\":2}\n[0.5,\"i\",\"x\"]\n[1,\"o\",\"a\"]\n"
      "[0.2,\"o\",\"b\"]\n[2,\"r\",\"90x30\"]\n[3,\"r\",\"0x99999\"]\n[4,\"m\",\"ben\"]\n[5,\"o\",\"cu");
  ASSERT_TRUE(read) << read.error().detail;
  ASSERT_EQ(read->events.size(), 4U);
  EXPECT_EQ(read->events[1].at, 1s) << "time does not go back";
  EXPECT_EQ(read->events[2].size, (terminal_size{90, 30}));
  EXPECT_EQ(read->events[3].kind, cast_kind::marker);
}

TEST(cast, what_is_none_is_refused_with_its_line) {
  const struct {
    const char* text;
    const char* line;
  } cases[] = {
      {"", "line 1"},
      {"hello", "line 1"},
      {"\n\n[1,\"o\",\"a\"]\n", "line 1"},
      {"{\"version\":1,\"width\":80,\"height\":24}\n", "line 1"},
      {"{\"version\":2,\"width\":0,\"height\":24}\n", "line 1"},
      {"{\"version\":2,\"width\":80,\"height\":24}\n{}\n", "line 2"},
      {"{\"version\":2,\"width\":80,\"height\":24}\n[1,\"o\"]\n", "line 2"},
      {"{\"version\":2,\"width\":80,\"height\":24}\n[1,\"o\",\"a\"]\n[\n", "line 3"},
  };
  for (const auto& one : cases) {
    const auto read = read_cast(one.text);
    ASSERT_FALSE(read) << one.text;
    EXPECT_TRUE(read.error().detail.starts_with(one.line)) << read.error().detail;
  }
}

}  // namespace
}  // namespace mesh::terminal
