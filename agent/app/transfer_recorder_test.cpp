#include "agent/app/transfer_recorder.hpp"

#include "agent/share/transfer_fixture.hpp"

#include <optional>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

namespace mesh::app {
namespace {

using testing::Each;
using testing::Field;
using testing::Gt;

// What one machine writes down of its transfers, and what its listeners heard.
struct kept_list {
  std::optional<share::transfer_table>* table;
  transfer_book book = {};
  announced_peers peers = {};
  transfer_recorder recorder{book, peers,
                             [this](std::uint64_t number) -> std::optional<share::progress> {
                               for (auto& now : (*table)->list())
                                 if (now.info.number == number) return std::move(now);
                               return std::nullopt;
                             },
                             [](std::uint64_t) {}};
  std::vector<std::pair<transfer_change, transfer_record>> heard = {};
  int listening =
      book.listen([this](transfer_change c, const transfer_record& r) { heard.emplace_back(c, r); });

  const transfer_record& latest() const { return *book.all().back(); }
  // The records as they were told with that change.
  std::vector<transfer_record> told(transfer_change change) const {
    std::vector<transfer_record> out;
    for (const auto& [c, record] : heard)
      if (c == change) out.push_back(record);
    return out;
  }
};

struct recording : share::transfers {
  kept_list there{&receiver};
  kept_list here{&sender};

  recording() {
    transfer_id = "T1";
    receiver.emplace(make_runtime(), there.recorder);
    sender.emplace(make_runtime(), here.recorder);
  }
  ~recording() override {
    sender.reset();
    receiver.reset();
  }
  std::shared_ptr<share::memory_link> offer(const std::filesystem::path& file,
                                            share::memory_link_options options = {}) {
    auto link = start(file, options);
    for (const auto& now : sender->list()) here.recorder.add_waiting(now.info);
    return link;
  }
  void cut_after(const std::filesystem::path& file, std::uint64_t count) {
    const auto link = offer(file, {.piece_bytes_max = 60'000});
    run_until_delivered(*link, count);
    link->cut();
    loop.run();
    there.heard.clear();
    here.heard.clear();
  }
};

TEST_F(recording, what_was_there_before_a_cut_is_known_from_the_start_to_the_end_and_makes_no_speed) {
  const auto file = make_file("a.bin", share::random_content(4U << 20U));
  cut_after(file, 3'000'000);
  const auto link = offer(file, {.piece_bytes_max = 60'000});
  run_until_delivered(*link, 300'000);
  pass(limits::transfer_progress_interval);
  loop.run();
  for (const auto* list : {&here, &there}) {
    const auto& r = list->latest();
    ASSERT_EQ(r.state, transfer_state::done);
    EXPECT_GT(r.before, 2'500'000U);
    EXPECT_DOUBLE_EQ(r.rate, static_cast<double>(r.size - r.before) / r.seconds);
    const auto progressed = list->told(transfer_change::progressed);
    ASSERT_FALSE(progressed.empty());
    EXPECT_THAT(progressed.back(), Field(&transfer_record::before, r.before));
  }
  EXPECT_EQ(here.latest().before, there.latest().before);
  const auto began = there.told(transfer_change::started);
  ASSERT_EQ(began.size(), 1U);
  EXPECT_GT(began[0].before, 2'500'000U);
  EXPECT_EQ(began[0].done, began[0].before);
  EXPECT_THAT(there.told(transfer_change::progressed), Each(Field(&transfer_record::before, Gt(2'500'000U))));
}

}  // namespace
}  // namespace mesh::app
