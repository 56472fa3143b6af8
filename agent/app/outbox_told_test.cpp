#include "agent/app/outbox_in_test.hpp"
#include "agent/share/file_sender.hpp"
#include "core/base/limits.hpp"

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

// Starts it, and ends the attempt for that reason; agreed: the receiver said yes before.
void attempt(outbox& box, const std::string& id, bool agreed, const error& why, steady_time now) {
  box.appeared("device-b");
  ASSERT_EQ(start(box, now), id);
  if (agreed) box.accepted(id);
  box.fail(id, why, now);
}

std::string untold(outbox& box, steady_time now = steady_time{1h}) {
  const auto* found = box.take_untold(now);
  return found == nullptr ? "" : found->id;
}

TEST(outbox, a_receiver_who_still_expects_a_file_that_has_failed_or_was_canceled_here_has_to_be_told) {
  const error gone{errc::file_unreadable, "it is gone", {}};
  const error refused = share::peer_error("denied", "no");
  const steady_time now{1h};
  outbox box;
  ASSERT_TRUE(box.add(job("a")).has_value());
  attempt(box, "a", true, cut, now);
  EXPECT_EQ(untold(box), "") << "it goes on";
  box.appeared("device-b");
  ASSERT_EQ(box.take(now)->id, "a");
  box.fail("a", gone, now);  // before there was a connection
  EXPECT_EQ(untold(box), "a");
  EXPECT_EQ(untold(box), "") << "not before the device appears";
  EXPECT_EQ(box.next_due(now), now + limits::outbox_retry_max);
  EXPECT_EQ(untold(box, now + limits::outbox_retry_max), "a") << "or a while has gone by";
  box.appeared("device-b");
  EXPECT_EQ(untold(box), "a");
  auto kept = outbox::restore(box.serialise());
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(untold(*kept), "a") << "also after the end of this program";
  box.told("a");
  box.appeared("device-b");
  EXPECT_EQ(untold(box), "");

  ASSERT_TRUE(box.add(job("b")).has_value());
  ASSERT_TRUE(box.cancel("b", steady_time{1h}).has_value());
  EXPECT_EQ(untold(box), "") << "nobody heard of it";
  ASSERT_TRUE(box.add(job("c")).has_value());
  attempt(box, "c", true, refused, now);
  EXPECT_EQ(untold(box), "") << "the receiver knows";
  ASSERT_TRUE(box.add(job("d")).has_value());
  attempt(box, "d", true, cut, now);
  ASSERT_TRUE(box.cancel("d", steady_time{1h}).has_value());
  EXPECT_EQ(untold(box), "d");
  box.appeared("device-b");
  ASSERT_TRUE(box.retry("d").has_value());
  EXPECT_EQ(untold(box), "") << "it is sent after all";
}

TEST(outbox, a_receiver_whose_stream_was_reset_has_a_moment_to_show_that_it_heard) {
  const error gone{errc::file_unreadable, "it is gone", {}};
  const steady_time now{1h}, later = now + outbox::hearing_patience;
  outbox box;
  ASSERT_TRUE(box.add(job("a")).has_value());
  ASSERT_EQ(start(box, now), "a");
  box.accepted("a");
  ASSERT_TRUE(box.cancel("a", now).has_value());
  EXPECT_EQ(untold(box, now), "");
  EXPECT_EQ(box.next_due(now), later);
  EXPECT_EQ(untold(box, later), "a") << "nobody was there";
  box.told("a");
  EXPECT_EQ(untold(box, later + limits::outbox_retry_max), "");

  ASSERT_TRUE(box.add(job("b")).has_value());
  attempt(box, "b", true, gone, now);
  EXPECT_EQ(untold(box, later), "") << "on a connection that nobody left the reset says it";

  ASSERT_TRUE(box.add(job("c")).has_value());
  attempt(box, "c", true, cut, now);
  ASSERT_TRUE(box.cancel("c", now).has_value());
  EXPECT_EQ(untold(box, now), "c") << "the connection was gone already";
}

}  // namespace
}  // namespace mesh::app
