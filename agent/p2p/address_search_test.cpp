#include "agent/p2p/address_search.hpp"

#include <gtest/gtest.h>

namespace mesh::p2p {
namespace {

using namespace std::chrono_literals;

udp_address at(const char* ip) {
  return make_udp_address(ip, 5000).value();
}

constexpr steady_time start{1000s};

TEST(address_search, asks_new_addresses_first_and_the_next_after_its_patience) {
  address_search search({at("10.0.0.1"), at("10.0.0.2"), at("10.0.0.3")}, {at("10.0.0.1")});
  auto now = start;
  EXPECT_EQ(search.next(now), at("10.0.0.2"));
  search.asked(now);
  EXPECT_EQ(search.next(now), std::nullopt);
  now += address_search::patience;
  EXPECT_EQ(search.next(now), at("10.0.0.3"));
  search.asked(now);
  now += address_search::patience;
  EXPECT_EQ(search.next(now), at("10.0.0.1"));
  search.asked(now);
  EXPECT_FALSE(search.over(now + address_search::patience));
  EXPECT_TRUE(search.over(now + address_search::patience_at_the_end));
}

// A machine tells all its addresses, and most of them lead nowhere from here: they must not take the time of
// the one that answers, or the connection is given up while its answer is on the way.
TEST(address_search, an_address_that_cannot_be_asked_takes_no_time_from_the_one_that_was) {
  address_search search({at("10.0.0.1"), at("10.1.0.1"), at("10.2.0.1")}, {});
  auto now = start;
  EXPECT_EQ(search.next(now), at("10.0.0.1"));
  search.asked(now);
  now += address_search::patience;
  EXPECT_EQ(search.next(now), at("10.1.0.1"));
  EXPECT_EQ(search.next(now), at("10.2.0.1"));
  EXPECT_EQ(search.next(now), std::nullopt);
  EXPECT_FALSE(search.over(now));
  EXPECT_FALSE(search.over(start + address_search::patience_at_the_end - 1ms));
  EXPECT_TRUE(search.over(start + address_search::patience_at_the_end));
}

TEST(address_search, is_over_at_once_when_nothing_can_be_asked) {
  address_search search({at("10.0.0.1")}, {});
  EXPECT_FALSE(search.over(start));
  EXPECT_EQ(search.next(start), at("10.0.0.1"));
  EXPECT_TRUE(search.over(start));
}

}  // namespace
}  // namespace mesh::p2p
