#include "agent/app/share_runtime.hpp"

#include "core/base/log.hpp"
#include "core/io/condition.hpp"
#include "core/io/loop.hpp"

#include <chrono>
#include <latch>
#include <new>

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

// Something that comes to pass on the loop.
struct happening {
  io::loop& loop;
  io::condition changed{loop.get_executor()};
  bool so = false;

  void happens() {
    so = true;
    changed.notify();
  }
  // Waits for it, for half a minute at most.
  bool seen() {
    loop.run([](happening* it) -> io::task<> {
      if (!it->so) (void)co_await it->changed.wait_for(std::chrono::seconds(30));
    }(this));
    return so;
  }
};

TEST(share_runtime, what_comes_to_the_disk_does_not_wait_for_those_who_read_for_long) {
  io::loop loop;
  std::latch may_end(1);
  happening synced{loop};
  happening read{loop};
  disk_pools disk;
  const auto rt = share_runtime(loop.get_executor(), disk);
  for (int i = 0; i < 8; ++i)
    rt.offload(share::disk_work::reading, [&] { may_end.wait(); }, [&] { read.happens(); });
  rt.offload(share::disk_work::syncing, [] {}, [&] { synced.happens(); });
  EXPECT_TRUE(synced.seen());
  EXPECT_FALSE(read.so);
  may_end.count_down();
  EXPECT_TRUE(read.seen());
}

TEST(share_runtime, a_job_that_throws_does_not_leave_its_owner_waiting) {
  (void)log::configure("off");
  io::loop loop;
  happening told{loop};
  disk_pools disk;
  const auto rt = share_runtime(loop.get_executor(), disk);
  rt.offload(share::disk_work::reading, [] { throw std::bad_alloc(); }, [&] { told.happens(); });
  EXPECT_TRUE(told.seen());
}

}  // namespace
}  // namespace mesh::app
