#include "agent/config/rate.hpp"

#include <gtest/gtest.h>

namespace mesh::config {
namespace {

TEST(rate, is_read_as_curl_and_rsync_read_it) {
  const struct {
    const char* text;
    std::optional<std::uint64_t> bytes;
  } table[] = {{"off", {}},       {"0", {}},         {"16K", 16384},     {"16384", 16384},  {"500k", 512000},
               {"20M", 20971520}, {"1.5m", 1572864}, {"1G", 1073741824}, {"100000", 100000}};
  for (const auto& row : table) {
    const auto read = parse_rate(row.text);
    ASSERT_TRUE(read.has_value()) << row.text;
    EXPECT_EQ(*read, row.bytes) << row.text;
    EXPECT_EQ(parse_rate(rate_text(*read)).value(), row.bytes) << row.text;
  }
}

TEST(rate, anything_else_is_refused) {
  for (const char* text : {"", "fast", "-1M", "+1M", "1T", "20MB", "20M/s", "20 M", " 20M", "1e9", "nan",
                           "inf", "0x10", "1K", "16383", "99999999999G", "M", "1..5M"}) {
    const auto read = parse_rate(text);
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_EQ(read.error().code, errc::field_invalid) << text;
  }
}

}  // namespace
}  // namespace mesh::config
