#include "agent/app/progress_board.hpp"

#include "agent/app/texts.hpp"
#include "core/text/catalogue.hpp"

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;
using debug::progress_state;

constexpr std::uint64_t mib = 1ULL << 20U;
constexpr steady_time t0{};

progress_state moving(std::string name, std::uint64_t done, std::uint64_t size = 100 * mib) {
  return {std::move(name), done, size, 1e6, 3s};
}

// What a terminal shows after the bytes: enough of one for the sequences that a board writes.
class screen {
 public:
  explicit screen(std::size_t columns) : columns_(columns) {}

  void write(std::string_view bytes) {
    while (!bytes.empty()) bytes.remove_prefix(step(bytes));
  }
  std::vector<std::string> lines() const {
    auto out = lines_;
    for (auto& line : out) line.erase(line.find_last_not_of(' ') + 1);
    while (!out.empty() && out.back().empty()) out.pop_back();
    return out;
  }

 private:
  std::size_t step(std::string_view bytes) {
    if (bytes[0] == '\r') return column_ = 0, 1;
    if (bytes[0] == '\n') return column_ = 0, ++row_, lines_.resize(std::max(lines_.size(), row_ + 1)), 1;
    if (bytes.starts_with("\x1B[")) {
      const auto end = bytes.find_first_of("AJK");
      const auto count = end > 2 ? std::stoul(std::string(bytes.substr(2, end - 2))) : 0UL;
      if (bytes[end] == 'A') row_ -= count;
      if (bytes[end] != 'A') lines_[row_].resize(std::min(lines_[row_].size(), column_));
      if (bytes[end] == 'J') lines_.resize(row_ + 1);
      return end + 1;
    }
    EXPECT_LT(column_, columns_) << "the line wraps";
    lines_[row_].resize(std::max(lines_[row_].size(), column_ + 1), ' ');
    lines_[row_][column_++] = bytes[0];
    return 1;
  }

  std::size_t columns_;
  std::vector<std::string> lines_ = {""};
  std::size_t row_ = 0;
  std::size_t column_ = 0;
};

struct progress_board_test : testing::Test {
  progress_board_test() { text::add(command_texts()); }
};

TEST_F(progress_board_test, shows_a_bar_for_each_and_one_for_all_in_columns) {
  for (const unsigned columns : {120U, 80U, 40U, 20U}) {
    progress_board board(progress_style::bars);
    screen shown(columns);
    const terminal_room room{columns, 24};
    shown.write(board.show("a", moving("a.bin", 10 * mib), moving("0 of 2", 10 * mib, 200 * mib), room, t0));
    shown.write(board.show("b", moving("longer.bin", 50 * mib), moving("0 of 2", 60 * mib, 200 * mib), room,
                           t0 + 10ms));
    const auto lines = shown.lines();
    ASSERT_EQ(lines.size(), 3U) << columns;
    EXPECT_TRUE(lines[0].contains("10 %") && lines[1].contains("50 %") && lines[2].contains("30 %"))
        << columns;
    EXPECT_EQ(lines[0].find('%'), lines[1].find('%')) << columns;
    EXPECT_EQ(lines[0].find('%'), lines[2].find('%')) << columns;
    if (columns >= 40) EXPECT_TRUE(lines[0].starts_with("a.bin") && lines[0].contains("/s")) << lines[0];
  }
}

TEST_F(progress_board_test, moves_in_place_at_most_ten_times_a_second) {
  progress_board board(progress_style::bars);
  screen shown(80);
  shown.write(board.show("a", moving("a", 0), {}, {}, t0));
  shown.write(board.show("b", moving("b", 0), moving("all", 0), {}, t0));
  EXPECT_EQ(board.show("a", moving("a", 50 * mib), moving("all", 0), {}, t0 + 99ms), "");
  shown.write(board.show("b", moving("b", 25 * mib), moving("all", 0), {}, t0 + 100ms));
  ASSERT_EQ(shown.lines().size(), 3U);
  EXPECT_TRUE(shown.lines()[0].contains("50 %") && shown.lines()[1].contains("25 %"));
  EXPECT_NE(board.show("b", moving("b", 100 * mib), moving("all", 0), {}, t0 + 101ms), "") << "its end";
  EXPECT_EQ(board.show("b", moving("b", 100 * mib), moving("all", 0), {}, t0 + 102ms), "") << "once";
}

TEST_F(progress_board_test, gives_the_lines_back_that_it_does_not_need) {
  progress_board board(progress_style::bars);
  screen shown(80);
  for (const auto* id : {"a", "b", "c"}) shown.write(board.show(id, moving(id, 0), moving("all", 0), {}, t0));
  EXPECT_EQ(shown.lines().size(), 4U);
  shown.write(board.clear({}));
  EXPECT_EQ(shown.lines().size(), 0U);
  EXPECT_EQ(board.clear({}), "") << "nothing is there any more";
  board.remove("b");
  shown.write("b arrived\n");
  shown.write(board.show("a", moving("a", mib), moving("all", mib), {}, t0 + 1ms));
  const auto lines = shown.lines();
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[0], "b arrived");
  EXPECT_TRUE(lines[1].starts_with("a ") && lines[2].starts_with("c ") && lines[3].starts_with("all "));
}

TEST_F(progress_board_test, fits_a_low_terminal_and_one_that_becomes_narrow) {
  progress_board board(progress_style::bars);
  screen low(80);
  for (int i = 0; i < 20; ++i)
    low.write(board.show(std::to_string(i), moving(std::to_string(i), 0), moving("all", 0), {80, 5}, t0));
  ASSERT_EQ(low.lines().size(), 4U);
  EXPECT_TRUE(low.lines()[3].starts_with("all "));

  progress_board narrowed(progress_style::bars);
  (void)narrowed.show("a", moving("a", 0), moving("all", 0), {100, 24}, t0);
  const auto again = narrowed.clear({50, 24});
  EXPECT_TRUE(again.starts_with("\r\x1B[3A")) << "two lines of 99 columns fill four of 50";
}

TEST_F(progress_board_test, writes_plain_lines_every_five_megabytes_or_every_second_whichever_is_later) {
  progress_board board(progress_style::lines);
  const auto at = [&](std::uint64_t done, steady_time now) {
    return board.show("a", moving("film.mkv", done, 100'000'000), {}, {}, now);
  };
  EXPECT_EQ(at(0, t0), "film.mkv  0 %  0 B / 95.37 MB  976.56 KB/s  0:03 left\n");
  EXPECT_TRUE(at(50'000'000, t0 + 500ms).empty()) << "a second has not passed";
  EXPECT_TRUE(at(4'000'000, t0 + 2s).empty()) << "5 MB have not passed";
  EXPECT_FALSE(at(6'000'000, t0 + 3s).empty());
  EXPECT_FALSE(at(100'000'000, t0 + 3001ms).empty()) << "the end is always shown";
  EXPECT_TRUE(at(100'000'000, t0 + 9s).empty()) << "once";
  EXPECT_EQ(board.clear({}), "");
}

TEST_F(progress_board_test, writes_a_plain_line_for_each_and_one_for_all) {
  progress_board board(progress_style::lines);
  const auto said = board.show("a", moving("a", mib), moving("0 of 2", mib, 200 * mib), {}, t0);
  EXPECT_TRUE(said.starts_with("a  1 %") && said.contains("\n0 of 2  0 %")) << said;
  EXPECT_TRUE(
      board.show("b", moving("b", 0), moving("0 of 2", mib, 200 * mib), {}, t0).starts_with("b  0 %"));
}

}  // namespace
}  // namespace mesh::app
