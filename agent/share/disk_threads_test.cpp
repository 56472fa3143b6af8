// Transfers whose disk work runs on a real thread, as in the agent: ThreadSanitizer reads these.
#include "agent/share/transfer_fixture.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <thread>

namespace mesh::share {
namespace {

// Runs jobs one after the other; what is to follow is taken by the thread of the test.
class worker {
 public:
  void submit(std::move_only_function<void()> job, std::move_only_function<void()> then) {
    const std::scoped_lock lock(guard_);
    jobs_.emplace_back(std::move(job), std::move(then));
    ++outstanding_;
    changed_.notify_all();
  }
  std::size_t outstanding() {
    const std::scoped_lock lock(guard_);
    return outstanding_;
  }
  // What follows the next job that is done; waits for it. Empty when none is left.
  std::move_only_function<void()> next() {
    std::unique_lock lock(guard_);
    changed_.wait(lock, [&] { return !done_.empty() || outstanding_ == 0; });
    return pop();
  }
  // The same without waiting.
  std::move_only_function<void()> done() {
    const std::scoped_lock lock(guard_);
    return pop();
  }

 private:
  std::move_only_function<void()> pop() {
    if (done_.empty()) return {};
    auto then = std::move(done_.front());
    done_.pop_front();
    --outstanding_;
    return then;
  }
  void run(const std::stop_token& stop) {
    std::unique_lock lock(guard_);
    while (changed_.wait(lock, stop, [&] { return !jobs_.empty(); })) {
      auto [job, then] = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      job = nullptr;  // what it holds is let go of here
      lock.lock();
      done_.push_back(std::move(then));
      changed_.notify_all();
    }
  }

  std::mutex guard_;
  std::condition_variable_any changed_;
  std::deque<std::pair<std::move_only_function<void()>, std::move_only_function<void()>>> jobs_;
  std::deque<std::move_only_function<void()>> done_;
  std::size_t outstanding_ = 0;
  std::jthread thread_{[this](const std::stop_token& stop) { run(stop); }};
};

struct beside_a_worker : transfers {
  worker disk;

  beside_a_worker() { restart(); }
  void restart() {
    sender.emplace(with_worker(), at_sender);
    receiver.emplace(with_worker(), at_receiver);
  }
  runtime with_worker() {
    auto rt = make_runtime();
    rt.offload = [this](disk_work, std::move_only_function<void()> job,
                        std::move_only_function<void()> then) {
      disk.submit(std::move(job), std::move(then));
    };
    return rt;
  }
  // Until nothing is left to do, or until `enough`. Each step takes so long that the next piece of content is
  // followed by a checkpoint.
  void run(const std::function<bool()>& enough = [] { return false; }) {
    while (!enough()) {
      if (auto then = disk.done()) loop.post(std::move(then));
      loop.pass(limits::checkpoint_interval);
      if (loop.step()) continue;
      auto then = disk.next();
      if (!then) return;
      loop.post(std::move(then));
    }
  }
  void forget_ends() {
    at_sender.ends.clear();
    at_receiver.ends.clear();
  }
};

constexpr memory_link_options small_pieces{.seed = 3, .piece_bytes_max = 64 * 1024};

TEST_F(beside_a_worker, a_file_arrives_while_it_is_flushed_and_goes_on_after_a_cut) {
  const auto content = random_content(24 * 1024 * 1024);
  const auto file = make_file("plan.bin", content);
  transfer_id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
  const auto link = start(file, small_pieces);
  run([&] { return link->halves[0].total_delivered > content.size() * 3 / 4; });
  link->cut();
  run();
  EXPECT_EQ(at_receiver.outcome(), "connection_lost");
  forget_ends();
  start(file, small_pieces);
  run();
  EXPECT_EQ(at_sender.outcome(), "ok");
  EXPECT_EQ(at_receiver.outcome(), "ok");
  EXPECT_GE(at_receiver.summary().before, 16U * 1024 * 1024) << "what it has is asked for again";
  EXPECT_EQ(received().at("plan.bin"), content);
}

TEST_F(beside_a_worker, a_folder_arrives_while_it_is_flushed_and_goes_on_after_a_cut) {
  const auto folder = temp / "tree";
  std::filesystem::create_directories(folder / "deep");
  std::map<std::string, std::string> contents;
  for (std::uint32_t i = 0; i < 60; ++i) {
    const auto name = (i % 2 == 0 ? "deep/" : "") + std::to_string(i);
    contents[name] = random_content(i * 3000, i + 1);
    os::write_content(folder / name, contents[name]);
  }
  transfer_id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
  const auto link = start_folder(folder, small_pieces);
  run([&] { return link->halves[0].total_delivered > 2'000'000; });
  link->cut();
  run();
  forget_ends();
  start_folder(folder, small_pieces);
  run();
  EXPECT_EQ(at_sender.outcome(), "ok");
  EXPECT_EQ(at_receiver.outcome(), "ok");
  for (const auto& [name, content] : contents)
    EXPECT_EQ(os::content_of(inbox / "tree" / name), content) << name;
}

TEST_F(beside_a_worker, whoever_stops_does_not_wait_for_the_disk) {
  const auto link = start(make_file("plan.bin", random_content(8 * 1024 * 1024)), small_pieces);
  run([&] { return disk.outstanding() > 0 && link->halves[0].total_delivered > 1'000'000; });
  receiver.reset();
  sender.reset();
  run();
  EXPECT_EQ(disk.outstanding(), 0U);
}

}  // namespace
}  // namespace mesh::share
