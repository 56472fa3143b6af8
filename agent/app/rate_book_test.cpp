#include "agent/app/rate_book.hpp"

#include "agent/os/atomic_file.hpp"
#include "agent/os/test_dir.hpp"

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

struct rates : testing::Test {
  os::test_dir temp;
  os::private_dir dir = os::private_dir::open(temp / "state").value();

  rate_book open(std::optional<std::uint64_t> configured = {}) {
    return rate_book::open(dir, configured).value();
  }
};

TEST_F(rates, are_those_of_the_configuration_until_a_person_says_otherwise) {
  EXPECT_EQ(open(5'000'000).table().rate, 5'000'000U);
  EXPECT_FALSE(open(5'000'000).table().chosen);
  ASSERT_TRUE(open(5'000'000).set_all({}).has_value());
  EXPECT_EQ(open(5'000'000).table().rate, std::nullopt);
  EXPECT_TRUE(open(5'000'000).table().chosen);
  ASSERT_TRUE(open(5'000'000).use_configured().has_value());
  EXPECT_EQ(open(6'000'000).table().rate, 6'000'000U);
}

TEST_F(rates, of_devices_are_kept_and_can_be_lifted_while_bytes_move) {
  auto book = open();
  share::rate_limits now;
  const mesh::session_id session{"ses_00000000000000000000000000"};
  const auto of_b = [&] {
    return now.of(share::direction::sending, session, device_id("device-b"))[1]->rate();
  };
  ASSERT_TRUE(book.set_device("device-b", 1'000'000).has_value());
  ASSERT_TRUE(book.set_device("device-b", 2'000'000).has_value());
  book.apply(now);
  EXPECT_EQ(of_b(), 2'000'000U);
  ASSERT_EQ(open().table().devices.size(), 1U);
  EXPECT_EQ(open().table().devices[0].rate, 2'000'000U);
  ASSERT_TRUE(book.set_device("device-b", {}).has_value());
  book.apply(now);
  EXPECT_EQ(of_b(), std::nullopt);
  EXPECT_TRUE(open().table().devices.empty());
}

TEST_F(rates, that_cannot_be_read_are_named_and_not_forgotten) {
  ASSERT_TRUE(os::write_file_atomically(dir, "limits.json", as_bytes("{\"chosen\":5}")).has_value());
  const auto read = rate_book::open(dir, {});
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, errc::state_unreadable);
  EXPECT_NE(read.error().detail.find("limits.json"), std::string::npos);
}

}  // namespace
}  // namespace mesh::app
