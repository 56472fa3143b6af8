#include "server/relay/relay_book.hpp"

#include "core/base/limits.hpp"

#include <gtest/gtest.h>

namespace mesh::relay {
namespace {

using namespace std::chrono_literals;

struct relay_book_test : testing::Test {
  result<std::uint64_t> open(const std::string& session = "ses_1", const user_id& payer = user_id("usr_a")) {
    return book.open(session_id(session), payer, session + "-i", session + "-t", now);
  }

  relay_book book{{true, 1000}};
  wall_time now = from_unix_seconds(1'800'000'000);
};

TEST_F(relay_book_test, opens_each_of_the_two_places_once) {
  const auto pairing = open().value();
  const auto page = book.redeem("ses_1-i", now).value();
  EXPECT_TRUE(page.initiator);
  EXPECT_EQ(page.pairing, pairing);
  EXPECT_EQ(page.session, session_id("ses_1"));
  const auto machine = book.redeem("ses_1-t", now).value();
  EXPECT_FALSE(machine.initiator);
  EXPECT_EQ(machine.pairing, pairing);
  EXPECT_FALSE(book.redeem("ses_1-i", now));
  EXPECT_FALSE(book.redeem("ses_1-t", now));
}

TEST_F(relay_book_test, knows_no_other_tickets) {
  ASSERT_TRUE(open());
  for (const auto* ticket : {"", "ses_1", "ses_1-I", "ses_1-i "})
    EXPECT_FALSE(book.redeem(ticket, now)) << ticket;
}

TEST_F(relay_book_test, forgets_tickets_when_they_expire_or_their_session_ends_or_begins_anew) {
  ASSERT_TRUE(open());
  now += limits::relay_ticket_life;
  EXPECT_FALSE(book.redeem("ses_1-i", now));
  ASSERT_TRUE(open());
  book.forget(session_id("ses_1"));
  EXPECT_FALSE(book.redeem("ses_1-t", now));
  const auto first = open().value();
  ASSERT_TRUE(book.open(session_id("ses_1"), user_id("usr_a"), "new-i", "new-t", now));
  EXPECT_FALSE(book.redeem("ses_1-i", now));
  EXPECT_NE(book.redeem("new-i", now)->pairing, first);
}

TEST_F(relay_book_test, passes_no_more_on_for_a_person_than_a_day_allows) {
  EXPECT_TRUE(book.spend(user_id("usr_a"), 999, now));
  ASSERT_TRUE(open());
  EXPECT_FALSE(book.spend(user_id("usr_a"), 1, now));
  EXPECT_EQ(open().error().code, errc::relay_quota);
  EXPECT_TRUE(open("ses_2", user_id("usr_b")));
  EXPECT_TRUE(book.spend(user_id("usr_b"), 500, now));
  now += 24h;
  EXPECT_TRUE(open());
  EXPECT_TRUE(book.spend(user_id("usr_a"), 999, now));
}

TEST_F(relay_book_test, can_be_switched_off) {
  relay_book off({false, 1000});
  EXPECT_EQ(off.open(session_id("ses_1"), user_id("usr_a"), "i", "t", now).error().code, errc::relay_off);
}

TEST_F(relay_book_test, keeps_a_bounded_number_of_tickets) {
  std::size_t kept = 0;
  while (open("ses_" + std::to_string(kept))) ++kept;
  EXPECT_EQ(open("ses_more").error().code, errc::busy);
  EXPECT_EQ(kept, 2 * limits::relay_pairs_max);
  now += limits::relay_ticket_life;
  EXPECT_TRUE(open("ses_more"));
}

}  // namespace
}  // namespace mesh::relay
