#include "agent/p2p/close_code.hpp"

#include <gtest/gtest.h>

namespace mesh::p2p {
namespace {

TEST(close_code, tells_what_goes_on_later_from_what_has_ended) {
  EXPECT_EQ(close_code::of(close_code::pause()), close_code::paused);
  EXPECT_TRUE(close_code::is_pause(close_code::to_error(close_code::paused)));
  for (const auto code : {errc::connection_lost, errc::stalled}) {
    EXPECT_EQ(close_code::of(error{code, "why", {}}), close_code::interrupted);
    EXPECT_EQ(close_code::of(code), close_code::canceled);
  }
  EXPECT_EQ(close_code::to_error(close_code::interrupted).code, errc::stalled);
  EXPECT_EQ(close_code::of(close_code::closed_here()), close_code::canceled);
  EXPECT_FALSE(close_code::is_pause(close_code::to_error(close_code::canceled)));
  EXPECT_EQ(close_code::to_error(0x1234).code, errc::canceled);
}

TEST(close_code, an_end_by_the_peer_is_told_from_one_here_and_from_what_goes_on) {
  EXPECT_TRUE(close_code::is_end_by_peer(close_code::to_error(close_code::canceled)));
  EXPECT_FALSE(close_code::is_end_by_peer(close_code::to_error(close_code::paused)));
  EXPECT_FALSE(close_code::is_end_by_peer(close_code::to_error(close_code::interrupted)));
  EXPECT_FALSE(close_code::is_end_by_peer(close_code::closed_here()));
}

TEST(close_code, what_the_peer_may_be_told_keeps_its_meaning) {
  for (const auto code :
       {errc::session_unknown, errc::bad_frame, errc::denied, errc::session_revoked, errc::internal})
    EXPECT_EQ(close_code::to_error(close_code::of(error{code, "why", {}})).code, code) << word(code);
}

}  // namespace
}  // namespace mesh::p2p
