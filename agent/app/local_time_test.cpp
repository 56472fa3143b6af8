#include "agent/app/local_time.hpp"

#include <cstdlib>
#include <ctime>
#include <optional>

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

class local_time : public testing::Test {
 protected:
  void SetUp() override {
    if (const char* was = std::getenv("TZ")) before_ = was;
    zone("<+02>-2");  // two hours east of Greenwich, all year
  }
  void TearDown() override {
    before_ ? ::setenv("TZ", before_->c_str(), 1) : ::unsetenv("TZ");
    ::tzset();
  }
  static void zone(const char* name) {
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  static wall_time at(std::string_view text) { return *parse_rfc3339(text); }

 private:
  std::optional<std::string> before_;
};

TEST_F(local_time, is_that_of_this_machine_and_names_the_day_unless_it_is_today) {
  struct row {
    std::string_view moment, now, shown;
  };
  const row table[] = {
      {"2026-01-04T12:05:59.999Z", "2026-01-04T20:00:00Z", "14:05"},
      {"2026-01-04T22:30:00Z", "2026-01-04T22:31:00Z", "00:30"},             // both on the 5th here
      {"2026-01-04T21:30:00Z", "2026-01-04T22:31:00Z", "2026-01-04 23:30"},  // yesterday here
      {"2025-12-31T22:00:00Z", "2026-12-31T22:00:00Z", "2026-01-01 00:00"},
      {"soon", "2026-01-04T20:00:00Z", "soon"},
  };
  for (const auto& r : table) EXPECT_EQ(shown_time(r.moment, at(r.now)), r.shown) << r.moment;
}

TEST_F(local_time, of_one_transfer_has_day_and_second) {
  EXPECT_EQ(shown_moment("2026-01-04T22:05:07.123Z"), "2026-01-05 00:05:07");
  EXPECT_EQ(shown_moment(""), "");
}

}  // namespace
}  // namespace mesh::app
