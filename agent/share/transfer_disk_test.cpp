// What a transfer does with the disk on workers, and what may happen meanwhile.
#include "agent/share/transfer_fixture.hpp"

#include <gmock/gmock.h>

namespace mesh::share {
namespace {

using testing::ElementsAre;
namespace fs = std::filesystem;

TEST_F(transfers, the_end_of_the_program_keeps_the_part) {
  const auto link = start(make_file("a.bin", random_content(4U << 20U)), {.piece_bytes_max = 60'000});
  run_until_delivered(*link, 1'500'000);
  receiver.reset();
  loop.run();
  EXPECT_THAT(names(), ElementsAre("a.bin.part"));
  EXPECT_EQ(at_sender.outcome(), "canceled");
}

TEST_F(transfers, the_end_of_the_program_during_the_flush_keeps_the_part) {
  worker_busy = true;
  start(make_file("a.bin", random_content(400'000)));
  loop.run();
  receiver.reset();
  run_worker();
  loop.run();
  EXPECT_THAT(names(), ElementsAre("a.bin.part"));
}

TEST_F(transfers, a_cut_during_the_flush_still_gives_the_verified_file_its_name) {
  worker_busy = true;
  const auto link = start(make_file("a.bin", "content"));
  loop.run();
  link->cut();
  loop.run();
  let_worker_finish();
  EXPECT_EQ(at_receiver.outcome(), "ok");
  EXPECT_THAT(names(), ElementsAre("a.bin"));
  EXPECT_TRUE(receiver->empty());
}

TEST_F(transfers, a_cancel_during_the_flush_gives_no_name) {
  worker_busy = true;
  start(make_file("a.bin", "content"));
  loop.run();
  ASSERT_TRUE(receiver->cancel(1).has_value());
  run_worker();
  loop.run();
  EXPECT_EQ(at_receiver.outcome(), "canceled");
  EXPECT_EQ(at_sender.outcome(), "canceled");
  EXPECT_THAT(names(), ElementsAre("a.bin.part"));
}

TEST_F(transfers, a_cancel_while_the_file_gets_its_name_comes_too_late) {
  worker_busy = true;
  start(make_file("a.bin", "content"));
  loop.run();
  run_worker();  // on the disk
  loop.run();
  EXPECT_TRUE(receiver->is_too_late(1));
  (void)receiver->cancel(1);
  let_worker_finish();
  EXPECT_EQ(at_receiver.outcome(), "ok");
  EXPECT_EQ(at_sender.outcome(), "ok");
  EXPECT_THAT(names(), ElementsAre("a.bin"));
}

TEST_F(transfers, nothing_that_is_brought_to_the_disk_waits_for_what_is_read) {
  start(make_file("a.bin", "content"));
  loop.run();
  EXPECT_THAT(kinds_of_work, ElementsAre(disk_work::syncing));
  const auto folder = temp / "tree";
  fs::create_directory(folder);
  os::write_content(folder / "b", "content");
  kinds_of_work.clear();
  at_receiver.ends.clear();
  worker_busy = true;
  start_folder(folder);
  loop.run();
  EXPECT_THAT(kinds_of_work, ElementsAre(disk_work::reading)) << "what is there of it is looked at";
  let_worker_finish();
  EXPECT_EQ(at_receiver.outcome(), "ok");
}

// Others want their turn in between.
TEST_F(transfers, a_large_file_of_a_folder_is_looked_at_in_steps) {
  const auto folder = temp / "tree";
  fs::create_directory(folder);
  constexpr std::uint64_t size = 200'000'000;
  os::write_content(folder / "b", "");
  fs::resize_file(folder / "b", size);
  start_folder(folder);
  loop.run();
  ASSERT_EQ(at_receiver.outcome(), "ok");
  at_receiver.ends.clear();
  at_sender.ends.clear();
  worker_busy = true;
  start_folder(folder);
  loop.run();
  int steps = 0;
  for (; at_receiver.started.size() < 2 && steps < 10; ++steps) {
    run_worker();
    loop.run();
  }
  EXPECT_EQ(steps, 4) << "its directories, then 64 MiB at a time";
  let_worker_finish();
  EXPECT_EQ(at_sender.summary().before, size);
}

}  // namespace
}  // namespace mesh::share
