#include "agent/terminal/echo_predictor.hpp"

#include "core/wire/json.hpp"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace mesh::terminal {
namespace {

using namespace std::chrono_literals;

constexpr int rows = 10;

std::u32string letters_of(std::string_view utf8) {
  std::u32string out;
  for (std::size_t i = 0; i < utf8.size();) {
    const auto first = static_cast<unsigned char>(utf8[i]);
    const std::size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
    char32_t code = bytes == 1 ? first : first & (0xFFU >> (bytes + 1));
    for (std::size_t k = 1; k < bytes; ++k)
      code = (code << 6) | (static_cast<unsigned char>(utf8[i + k]) & 0x3FU);
    out.push_back(code);
    i += bytes;
  }
  return out;
}

int number(const wire::json_object& of, std::string_view key) {
  return of.at(key).to_number<int>();
}

std::optional<echo_guess> expected_of(const wire::json_value& said) {
  if (said.is_null()) return std::nullopt;
  const auto& o = said.as_object();
  return echo_guess{number(o, "row"), number(o, "col"), letters_of(o.at("text").as_string())};
}

TEST(echo_predictor, foresees_what_the_vectors_say) {
  std::ostringstream text;
  text << std::ifstream(MESH_SOURCE_DIR "/tests/vectors/echo/prediction.json").rdbuf();
  const auto cases = wire::parse_json(text.str());
  ASSERT_TRUE(cases);
  ASSERT_GT(cases->as_array().size(), 10U);
  for (const auto& one : cases->as_array()) {
    const auto& o = one.as_object();
    SCOPED_TRACE(std::string(o.at("name").as_string()));
    echo_predictor tested;
    tested.round_trip(std::chrono::milliseconds(number(o, "round_trip_ms")));
    echo_view seen{{number(o, "cols"), rows}, {0, 0}, false, {}};
    for (const auto& value : o.at("steps").as_array()) {
      const auto& s = value.as_object();
      SCOPED_TRACE(wire::to_text(value));
      const auto now = steady_time(1h) + std::chrono::milliseconds(number(s, "at"));
      tested.tick(now);
      if (s.contains("round_trip_ms"))
        tested.round_trip(std::chrono::milliseconds(number(s, "round_trip_ms")));
      if (s.contains("line")) {
        seen.cursor = {number(s, "row"), number(s, "col")};
        seen.alternate = s.at("alternate").as_bool();
        seen.letters = letters_of(s.at("line").as_string());
        seen.letters.resize(static_cast<std::size_t>(seen.size.cols), U' ');
        tested.shown(seen, now);
      } else if (s.contains("type")) {
        tested.typed(s.at("type").as_string(), seen, now);
      }
      EXPECT_EQ(tested.guess(), expected_of(s.at("shown")));
    }
  }
}

// As it is used: the screen says what is seen.
TEST(echo_predictor, sees_the_screen) {
  const auto shown = screen::make({20, 4}, 0).value();
  echo_predictor tested;
  tested.round_trip(200ms);
  steady_time now{1h};
  shown->write(as_bytes("\x1b[32m$\x1b[0m "));
  tested.shown(echo_view_of(*shown), now);
  tested.typed("l", echo_view_of(*shown), now);
  shown->write(as_bytes("\x1b[1ml\x1b[0m"));
  now += 200ms;
  tested.shown(echo_view_of(*shown), now);
  tested.typed("s", echo_view_of(*shown), now);
  EXPECT_EQ(tested.guess(), (echo_guess{0, 3, U"s"}));
  ASSERT_TRUE(tested.deadline());
  tested.reset();
  EXPECT_EQ(tested.guess(), std::nullopt);
  EXPECT_EQ(tested.deadline(), std::nullopt);
}

}  // namespace
}  // namespace mesh::terminal
