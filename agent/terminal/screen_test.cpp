#include "agent/terminal/screen.hpp"

#include "agent/terminal/screen_painter.hpp"
#include "core/base/limits.hpp"

#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace mesh::terminal {
namespace {

constexpr std::size_t lines_max = limits::terminal_scrollback_lines_max;

std::unique_ptr<screen> made(terminal_size size = {20, 5}, std::size_t lines = lines_max) {
  return screen::make(size, lines).value();
}
void type(screen& s, std::string_view text) {
  s.write(as_bytes(text));
}
std::vector<std::string> rows(const screen& s) {
  std::vector<std::string> out;
  for (int i = 0; i < s.size().rows; ++i) out.push_back(s.row(i, s.size().cols));
  return out;
}

// Everything a person could see, and how the terminal goes on.
struct whole {
  std::vector<std::string> shown;
  std::vector<std::string> above;
  int row, col;
  std::string pen;
  terminal_modes modes;
  bool operator==(const whole&) const = default;
};
whole state(const screen& s) {
  return {rows(s),  {s.scrollback().begin(), s.scrollback().end()}, s.cursor().row, s.cursor().col, s.pen(),
          s.modes()};
}

TEST(screen, shows_letters_and_their_attributes) {
  auto s = made();
  type(*s, "plain \x1b[1;31mred\x1b[0m\r\n\x1b[48;5;200mx\x1b[38;2;1;2;3my");
  EXPECT_EQ(s->row(0, 20), "plain \x1b[0;1;31mred\x1b[0m");
  EXPECT_EQ(s->row(1, 20), "\x1b[0;48;5;200mx\x1b[0;38;2;1;2;3;48;5;200my\x1b[0m");
  EXPECT_EQ(s->row(0, 3), "pla");
}

TEST(screen, keeps_the_lines_that_left_it_up_to_a_bound) {
  auto s = made({20, 5}, 3);
  for (int i = 1; i <= 10; ++i) type(*s, fmt::format("line {}\r\n", i));
  EXPECT_EQ(std::vector<std::string>(s->scrollback().begin(), s->scrollback().end()),
            (std::vector<std::string>{"line 4", "line 5", "line 6"}));
}

TEST(screen, what_could_drive_a_terminal_is_no_letter) {
  auto s = made();
  type(*s,
       "a\xC2\x9B"
       "31mb\xE2\x80\xAE"
       "c\x1b]52;c;aGk=\a\x1b[6n\x1b[c\x1bP$qm\x1b\\d");
  const auto row = s->row(0, 20);
  EXPECT_EQ(row.find('\x1b'), std::string::npos);
  EXPECT_EQ(row.find("\xC2\x9B"), std::string::npos);
  EXPECT_TRUE(
      row.ends_with("b\xEF\xBF\xBD"
                    "cd"))
      << row;
}

TEST(screen, an_endless_string_takes_no_memory_and_ends) {
  auto s = made();
  type(*s, "before\x1b]0;");
  const std::string piece(1 << 20, 'x');
  for (int i = 0; i < 64; ++i) type(*s, piece);
  EXPECT_LT(s->snapshot().size(), 1024U);
  type(*s, "\a after");
  EXPECT_EQ(s->row(0, 20), "before after");
  EXPECT_EQ(s->modes().title, "");
}

TEST(screen, a_snapshot_brings_any_terminal_into_the_same_state) {
  const struct {
    const char* name;
    std::string text;
  } cases[] = {
      {"letters", "hello\r\nworld"},
      {"more than a screen", "1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7\r\n8"},
      {"colours under way", "\x1b[1;4;33;44mon"},
      {"a full row", "12345678901234567890\r\nx"},
      {"wide letters", "\xE6\x97\xA5\xE6\x9C\xAC x \xC3\xA9"},
      {"modes", "\x1b[?1h\x1b=\x1b[?2004h\x1b[?1004h\x1b[?1002h\x1b[?1006h\x1b[?25l\x1b[4h\x1b[3 q"},
      {"no autowrap, reverse", "\x1b[?7l\x1b[?5h"},
      {"a scroll region", "a\r\nb\r\nc\r\nd\x1b[2;4r\x1b[3;1H"},
      {"origin", "\x1b[2;4r\x1b[?6h\x1b[2;3Hx"},
      {"line drawing", "\x1b(0qqq"},
      {"title", "\x1b]2;build \xE2\x9C\x93\x1b\\x"},
      {"alternate screen", "shell\r\n$ vi\x1b[?1049h\x1b[2J\x1b[2;3Htext\x1b[?1h"},
      {"back from it", "shell\r\n$ vi\x1b[?1049htext\x1b[?1049l$ "},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    auto s = made(), copy = made();
    type(*s, c.text);
    type(*copy, "rubbish\x1b[?1049h\x1b[31m\x1b[?7l");
    type(*copy, s->snapshot());
    EXPECT_EQ(state(*copy), state(*s));
    for (const auto* next : {"\r\nnext", "\x1b[?1049l!"}) {
      type(*s, next);
      type(*copy, next);
      EXPECT_EQ(rows(*copy), rows(*s)) << next;
    }
  }
}

std::unique_ptr<screen> made_with_links(terminal_size size = {20, 5}, std::size_t lines = lines_max) {
  return screen::make(size, lines, keep_links::yes).value();
}
std::string link(std::string_view address, std::string_view text) {
  return fmt::format("\x1b]8;;{}\x1b\\{}\x1b]8;;\x1b\\", address, text);
}

TEST(screen, links_come_along_in_a_snapshot) {
  const struct {
    const char* name;
    std::string text;
    std::string expected;  // in the snapshot
    int count = 1;         // of links
  } cases[] = {
      {"one", "see " + link("https://a.b/c", "there") + ".", "see " + link("https://a.b/c", "there") + "."},
      {"with a parameter", "\x1b]8;id=7;http://a.b\ax\x1b]8;;\a", "\x1b]8;id=7;http://a.b\x1b\\x"},
      {"under way", "\x1b]8;;http://a.b\x1b\\on", "\x1b]8;;http://a.b\x1b\\on", 2},
      {"written over", link("http://a.b", "gone") + "\rplain", "plain", 0},
      {"cut out of", link("http://a.b", "abcd") + "\r\x1b[Cx", "x", 2},
      {"erased", link("http://a.b", "gone") + "\r\x1b[K", "", 0},
      {"moved", "\x1b[3;1H" + link("http://a.b", "up") + "\x1b[H\x1b[M", link("http://a.b", "up")},
      {"in the scrollback", link("http://a.b", "up") + "\r\n\r\n\r\n\r\n\r\n\r\nx", link("http://a.b", "up")},
      {"over two lines", "\x1b[15G" + link("http://a.b", "0123456789"), link("http://a.b", "012345"), 2},
      {"wide letters", link("http://a.b", "\xE6\x97\xA5"), link("http://a.b", "\xE6\x97\xA5")},
      {"behind the alternate screen", link("http://a.b", "shell") + "\x1b[?1049hvi",
       link("http://a.b", "shell")},
      {"back from it", link("http://a.b", "shell") + "\x1b[?1049h" + link("http://c.d", "vi") + "\x1b[?1049l",
       link("http://a.b", "shell")},
      {"a smaller screen", "1\r\n2\r\n3\r\n4\r\n" + link("http://a.b", "five"), link("http://a.b", "five")},
      {"a reset",
       link("http://a.b", "gone") + "\x1b"
                                    "cx",
       "x", 0},
      {"no address", "\x1b]8;;not an address\x1b\\text\x1b]8;;\x1b\\", "text", 0},
      {"a long one", link("http://" + std::string(3000, 'a'), "text"), "text", 0},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    auto s = made_with_links(), copy = made_with_links();
    type(*s, c.text);
    if (std::string_view(c.name) == "a smaller screen") {
      s->resize({20, 3});
      copy->resize({20, 3});
    }
    const auto told = s->snapshot();
    EXPECT_NE(told.find(c.expected), std::string::npos) << testing::PrintToString(told);
    int count = 0;
    for (auto at = told.find(";http"); at != std::string::npos; at = told.find(";http", at + 1)) ++count;
    EXPECT_EQ(count, c.count) << testing::PrintToString(told);
    type(*copy, told);
    EXPECT_EQ(copy->snapshot(), told);
    // What is shown to a terminal holds none.
    for (const auto& row : rows(*s)) EXPECT_EQ(row.find("]8;"), std::string::npos);
    auto viewer = made();
    type(*viewer, c.text + "\x1b]8;;\a");
    EXPECT_EQ(viewer->snapshot().find("http"), std::string::npos);
  }
}

TEST(screen, links_take_no_more_memory_than_there_is_for_them) {
  auto s = made_with_links({100, 20}, lines_max);
  for (int i = 0; i < 300; ++i) {
    for (int k = 0; k < 8; ++k)
      type(*s, link(fmt::format("http://{}-{}.{}", i, k, std::string(1900, 'a')), "x"));
    type(*s, "\r\n");
  }
  EXPECT_LT(s->snapshot().size(), 3UZ << 20);
  type(*s, "\x1b[2J\x1b[H" + link("http://a.b", "last"));
  EXPECT_NE(s->snapshot().find(link("http://a.b", "last")), std::string::npos) << "there is room again";
}

TEST(screen, a_sequence_under_way_goes_on_after_a_snapshot) {
  const std::string text = "a\x1b[1;32mb\x1b]2;t\xC3\xA9\a\xE6\x97\xA5 \x1b[?1049h\x1b[3;1Hc\x1b(0q";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    SCOPED_TRACE(cut);
    auto s = made(), copy = made();
    type(*s, std::string_view(text).substr(0, cut));
    type(*copy, s->snapshot());
    type(*s, std::string_view(text).substr(cut));
    type(*copy, std::string_view(text).substr(cut));
    EXPECT_EQ(state(*copy), state(*s));
  }
}

// Whatever programs do, one who joins late sees the same as one who was there.
TEST(screen, a_late_viewer_sees_the_same_after_any_output) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  const std::vector<std::string> pieces{"word ",
                                        "\r\n",
                                        "\n",
                                        "\r",
                                        "\t",
                                        "\b",
                                        "\x1b[31m",
                                        "\x1b[0m",
                                        "\x1b[1;7m",
                                        "\x1b[H",
                                        "\x1b[3;7H",
                                        "\x1b[K",
                                        "\x1b[J",
                                        "\x1b[2J",
                                        "\x1b[L",
                                        "\x1b[M",
                                        "\x1b[2P",
                                        "\x1b[3@",
                                        "\x1b[A",
                                        "\x1b[2B",
                                        "\x1b[C",
                                        "\x1b[?25l",
                                        "\x1b[?25h",
                                        "\x1b[?1h",
                                        "\xE6\x97\xA5",
                                        "\xC3\xA9",
                                        "\x1b[2;4r",
                                        "\x1b[r",
                                        "\x1bM",
                                        "\x1b"
                                        "D",
                                        "\x1b[?2004h",
                                        "\x1b[?2004l",
                                        "0123456789",
                                        "\x1b[S",
                                        "\x1b[T",
                                        "\x1b[?1049h",
                                        "\x1b[?1049l",
                                        "\x1b]0;t\a",
                                        "\x1b[38;5;9m",
                                        "\x1b[48;2;1;2;3m",
                                        "\x1b]8;;http://a.b\a",
                                        "\x1b]8;id=1;http://c.d\x1b\\",
                                        "\x1b]8;;\a"};
  for (int round = 0; round < 200; ++round) {
    auto s = made_with_links({12, 4}, 20), copy = made_with_links({12, 4}, 20);
    std::string all;
    for (int i = 0; i < 60; ++i) all += pieces[random() % pieces.size()];
    type(*s, all);
    type(*copy, s->snapshot());
    ASSERT_EQ(rows(*copy), rows(*s)) << testing::PrintToString(all);
    ASSERT_EQ(copy->snapshot(), s->snapshot()) << testing::PrintToString(all);
    ASSERT_EQ(copy->pen(), s->pen()) << testing::PrintToString(all);
    ASSERT_EQ(copy->modes(), s->modes()) << testing::PrintToString(all);
    ASSERT_EQ(copy->cursor().row, s->cursor().row) << testing::PrintToString(all);
    ASSERT_EQ(copy->cursor().col, s->cursor().col) << testing::PrintToString(all);
  }
}

TEST(screen_painter, paints_what_changed_and_the_status_line) {
  auto s = made();
  screen_painter painter({10, 4});
  type(*s, "one\r\ntwo");
  EXPECT_EQ(
      painter.paint(*s, 0, "status"),
      "\x1b[0m\x1b[2J\x1b[1;1Hone\x1b[0m\x1b[K\x1b[2;1Htwo\x1b[0m\x1b[K\x1b[4;1H\x1b[7mstatus\x1b[K\x1b[0m"
      "\x1b[2;4H\x1b[?25h");
  type(*s, "!");
  EXPECT_EQ(painter.paint(*s, 0, "status"), "\x1b[2;1Htwo!\x1b[0m\x1b[K\x1b[2;5H\x1b[?25h");
}

TEST(screen_painter, a_low_window_follows_the_cursor_and_scrolls_back) {
  auto s = made();
  for (int i = 1; i <= 9; ++i) type(*s, fmt::format("{}\r\n", i));
  screen_painter painter({10, 3});
  EXPECT_NE(painter.paint(*s, 0, "").find("\x1b[1;1H9"), std::string::npos);
  EXPECT_EQ(painter.scroll_max(*s), 8U);
  const auto top = painter.paint(*s, 8, "");
  EXPECT_NE(top.find("\x1b[1;1H1\x1b"), std::string::npos) << testing::PrintToString(top);
  EXPECT_TRUE(top.ends_with("\x1b[?25l"));
}

TEST(screen_painter, cuts_at_columns_not_at_bytes) {
  EXPECT_EQ(clip("\x1b[1m\xE6\x97\xA5"
                 "ab",
                 3),
            "\x1b[1m\xE6\x97\xA5"
            "a\x1b[0m");
  EXPECT_EQ(clip("abc", 3), "abc");
}

}  // namespace
}  // namespace mesh::terminal
