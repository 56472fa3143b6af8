#include "agent/app/ping_view.hpp"

#include "agent/app/texts.hpp"

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

class ping_view : public testing::Test {
 protected:
  void SetUp() override { text::add(command_texts()); }
  void TearDown() override { text::set_language(text::language::en); }
};

TEST_F(ping_view, tells_round_trips_with_the_decimal_mark_and_the_number_of_the_language) {
  const wire::json_object pong{{"number", 3}, {"rtt_ms", 1.236}};
  const auto summary = [](int count) {
    return ping_summary(
        {{"count", count}, {"min_ms", 0.5}, {"median_ms", 1.25}, {"p95_ms", 2}, {"max_ms", 10.5}});
  };
  text::set_language(text::language::en);
  EXPECT_EQ(ping_words("pong", pong), "3: 1.24 ms\n");
  EXPECT_EQ(summary(5),
            "5 round trips: least 0.50 ms, median 1.25 ms, 95 of 100 within 2.00 ms, most 10.50 ms\n");
  EXPECT_EQ(summary(1),
            "1 round trip: least 0.50 ms, median 1.25 ms, 95 of 100 within 2.00 ms, most 10.50 ms\n");
  text::set_language(text::language::fr);
  EXPECT_TRUE(ping_words("pong", pong).ends_with(" 1,24\u00A0ms\n")) << ping_words("pong", pong);
  for (const auto* words : {"5 allers-retours", "minimum 0,50\u00A0ms", "médiane 1,25\u00A0ms",
                            "moins de 2,00\u00A0ms", "maximum 10,50\u00A0ms\n"})
    EXPECT_NE(summary(5).find(words), std::string::npos) << words << "\n" << summary(5);
  EXPECT_TRUE(summary(1).starts_with("1 aller-retour")) << summary(1);
}

TEST_F(ping_view, says_nothing_of_what_it_does_not_know) {
  EXPECT_EQ(ping_words("other", {}), "");
}

}  // namespace
}  // namespace mesh::app
