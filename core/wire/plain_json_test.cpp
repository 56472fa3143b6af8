#include "core/wire/plain_json.hpp"

#include "core/wire/json.hpp"

#include <bit>
#include <cmath>
#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

namespace mesh::wire {
namespace {

TEST(plain_json, writes_numbers_as_people_do) {
  struct row {
    json_value value;
    std::string text;
  };
  const row table[] = {
      {0.0, "0"},
      {-0.5, "-0.5"},
      {0.12363409599999996, "0.12363409599999996"},
      {95.25, "95.25"},
      {5.0, "5"},
      {1e15, "1000000000000000"},
      {1e20, "1e+20"},
      {0.0001, "0.0001"},
      {1.5e-7, "1.5e-07"},
      {-3, "-3"},
      {18446744073709551615ULL, "18446744073709551615"},
      {"0E0", "\"0E0\""},
      {nullptr, "null"},
      {true, "true"},
  };
  for (const auto& r : table) {
    EXPECT_EQ(plain_text(r.value, json_layout::one_line), r.text);
    EXPECT_EQ(plain_text(json_object{{"a", r.value}}, json_layout::one_line), "{\"a\":" + r.text + "}");
    EXPECT_EQ(plain_text(json_object{{"a", r.value}}, json_layout::indented),
              "{\n  \"a\": " + r.text + "\n}");
  }
}

// Whatever is no fraction is written as on the wire.
TEST(plain_json, on_one_line_is_what_travels_but_for_its_fractions) {
  const auto value = parse_json(R"({"a":[1,{},[],"x\ny",{"b":[null,true]}],"c":{}})").value();
  EXPECT_EQ(plain_text(value, json_layout::one_line), to_text(value));
}

TEST(plain_json, reads_back_as_the_same_number) {
  const auto seed = std::random_device{}();
  std::mt19937_64 random(seed);
  for (int i = 0; i < 10'000; ++i) {
    const auto number = std::bit_cast<double>(random());
    if (!std::isfinite(number)) continue;
    const auto text = plain_text(number, json_layout::one_line);
    EXPECT_EQ(std::strtod(text.c_str(), nullptr), number) << text << " seed " << seed;
    EXPECT_TRUE(parse_json(text).has_value()) << text << " seed " << seed;
  }
}

}  // namespace
}  // namespace mesh::wire
