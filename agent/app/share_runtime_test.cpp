#include "agent/app/share_runtime.hpp"

#include "core/base/log.hpp"
#include "core/io/loop.hpp"

#include <chrono>
#include <latch>
#include <new>

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

// Until that is so, for half a minute at most.
void run_until(io::loop& loop, const bool& so) {
  loop.run([](const bool* is_so) -> io::task<> {
    for (int i = 0; i < 3000 && !*is_so; ++i) co_await io::sleep_for(std::chrono::milliseconds(10));
  }(&so));
}

TEST(share_runtime, what_comes_to_the_disk_does_not_wait_for_those_who_read_for_long) {
  io::loop loop;
  std::latch may_end(1);
  bool synced = false;
  bool read = false;
  disk_pools disk;
  const auto rt = share_runtime(loop.get_executor(), disk);
  for (int i = 0; i < 8; ++i)
    rt.offload(share::disk_work::reading, [&] { may_end.wait(); }, [&] { read = true; });
  rt.offload(share::disk_work::syncing, [] {}, [&] { synced = true; });
  run_until(loop, synced);
  EXPECT_TRUE(synced);
  EXPECT_FALSE(read);
  may_end.count_down();
  run_until(loop, read);
  EXPECT_TRUE(read);
}

TEST(share_runtime, a_job_that_throws_does_not_leave_its_owner_waiting) {
  (void)log::configure("off");
  io::loop loop;
  bool told = false;
  disk_pools disk;
  const auto rt = share_runtime(loop.get_executor(), disk);
  rt.offload(share::disk_work::reading, [] { throw std::bad_alloc(); }, [&] { told = true; });
  run_until(loop, told);
  EXPECT_TRUE(told);
}

}  // namespace
}  // namespace mesh::app
