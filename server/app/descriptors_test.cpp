#include "server/app/descriptors.hpp"

#include "core/base/limits.hpp"

#include <cstdlib>
#include <sys/resource.h>

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

// Limits cannot be raised again by an ordinary user, so each row is a process of its own.
int with_limit(rlim_t soft, rlim_t hard) {
  const rlimit bound{soft, hard};
  ::setrlimit(RLIMIT_NOFILE, &bound);
  const auto possible = connections_possible();
  rlimit after{};
  ::getrlimit(RLIMIT_NOFILE, &after);
  if (after.rlim_cur != hard) return 1;
  return possible < hard && possible >= hard / 2 ? 0 : 2;
}

TEST(descriptors, leave_room_for_what_is_not_a_connection) {
  EXPECT_EXIT(std::exit(with_limit(64, 64)), ::testing::ExitedWithCode(0), "");
  EXPECT_EXIT(std::exit(with_limit(200, 1000)), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace mesh::app
