#include "agent/app/transfer_list.hpp"

#include "agent/os/test_dir.hpp"
#include "core/base/log.hpp"
#include "core/io/loop.hpp"
#include "core/io/task_group.hpp"

#include <atomic>
#include <filesystem>
#include <functional>

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

namespace fs = std::filesystem;

struct listing : testing::Test {
  os::test_dir temp;
  os::private_dir dir = os::private_dir::open(temp / "state").value();
  io::loop loop;
  io::pool disk{"mesh-test", 1, 10};
  announced_peers peers;
  const fs::path file = temp / "state" / "received.json";

  listing() { (void)log::configure("off"); }

  // One that came, under the next id.
  static void arrives(transfer_list& list, const std::string& id) {
    transfer_record r;
    r.transfer_id = id;
    r.device_id = "desk";
    r.name = "plan.bin";
    list.book().add(std::move(r), {});
    list.book().succeed(id, "hash", "/in/plan.bin", {});
    list.watch().notify();
  }
  // Keeps the list until that is so, for half a minute at most.
  void keep_until(transfer_list& list, const std::function<bool()>& so) {
    loop.run([](io::executor on, transfer_list* of, const std::function<bool()>* is_so) -> io::task<> {
      io::task_group tasks(on, "test");
      tasks.spawn("keep", of->keep());
      for (int i = 0; i < 3000 && !(*is_so)(); ++i) co_await io::sleep_for(std::chrono::milliseconds(10));
      co_await tasks.stop();
    }(loop.get_executor(), &list, &so));
  }
  std::size_t kept() const { return load_history(dir).transfers.size(); }
};

TEST_F(listing, what_could_not_be_written_is_written_when_the_disk_takes_it) {
  transfer_list list(loop.get_executor(), dir, disk, peers, {});
  fs::create_directory(file);
  arrives(list, "1");
  // The one thread of the disk has tried by the time it runs what was queued behind that.
  int looks = 0;
  std::atomic<bool> tried = false;
  keep_until(list, [&] {
    if (++looks == 2) (void)disk.submit([&] { tried = true; });
    return tried.load();
  });
  EXPECT_TRUE(fs::is_directory(file));
  fs::remove(file);
  keep_until(list, [&] { return fs::exists(file); });
  EXPECT_EQ(kept(), 1U);
}

TEST_F(listing, what_came_in_the_last_second_is_written_at_the_end) {
  {
    transfer_list list(loop.get_executor(), dir, disk, peers, {});
    arrives(list, "1");
    keep_until(list, [&] { return fs::exists(file); });
    arrives(list, "2");
  }
  EXPECT_EQ(kept(), 2U);
}

TEST_F(listing, what_cannot_be_read_is_put_aside) {
  os::write_content(file, "no list");
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(kept(), 0U);
  EXPECT_FALSE(fs::exists(file));
  EXPECT_TRUE(fs::exists(temp / "state" / "received.json.bad"));
}

}  // namespace
}  // namespace mesh::app
