#include "agent/app/outbox_file.hpp"

#include "agent/os/test_dir.hpp"
#include "core/base/log.hpp"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

struct outbox_kept : testing::Test {
  os::test_dir temp;
  os::private_dir dir = os::private_dir::open(temp / "state").value();
  outbox_file file{&dir};
  const fs::path path = temp / "state" / "outbox.json";
  const fs::path aside = temp / "state" / "outbox.json.bad";
  const steady_time now{1h};

  outbox_kept() { (void)log::configure("off"); }

  static outbox two() {
    outbox out;
    for (const auto* id : {"a", "b"}) {
      outbox_job job;
      job.id = id;
      (void)out.add(std::move(job));
    }
    return out;
  }
};

TEST_F(outbox_kept, comes_back) {
  EXPECT_TRUE(file.load().all().empty());
  EXPECT_FALSE(fs::exists(aside)) << "that nothing was kept is fine";
  file.save(two(), now);
  EXPECT_EQ(file.load().all().size(), 2U);
  EXPECT_FALSE(fs::exists(aside));
  EXPECT_EQ(file.saved_at(), now);
}

TEST_F(outbox_kept, nowhere_is_always_empty) {
  outbox_file none(nullptr);
  none.save(two(), now);
  EXPECT_TRUE(none.load().all().empty());
  EXPECT_EQ(none.due(), std::nullopt);
}

TEST_F(outbox_kept, what_the_disk_did_not_take_is_due_until_it_does) {
  fs::create_directory(path);
  file.save(two(), now);
  ASSERT_EQ(file.due(), now + 5s);
  file.save(two(), now + 5s);
  ASSERT_EQ(file.due(), now + 10s);
  fs::remove(path);
  file.save(two(), now + 10s);
  EXPECT_EQ(file.due(), std::nullopt);
  EXPECT_EQ(file.load().all().size(), 2U);
}

TEST_F(outbox_kept, what_cannot_be_read_stays_aside_when_the_next_is_written) {
  file.save(two(), now);
  const auto whole = os::content_of(path);
  const auto cut = whole.substr(0, whole.size() - 30);
  os::write_content(path, cut);
  EXPECT_TRUE(file.load().all().empty());
  file.save(two(), now);
  EXPECT_EQ(os::content_of(aside), cut);
  EXPECT_EQ(file.load().all().size(), 2U);

  fs::permissions(path, fs::perms::others_read, fs::perm_options::add);
  EXPECT_TRUE(file.load().all().empty()) << "others may have written it";
  file.save({}, now);
  EXPECT_EQ(os::content_of(aside), whole);
}

TEST_F(outbox_kept, a_broken_job_costs_itself_only) {
  file.save(two(), now);
  auto text = os::content_of(path);
  text.insert(text.rfind(']'), ",{\"id\":7}");
  os::write_content(path, text);
  EXPECT_EQ(file.load().all().size(), 2U);
  EXPECT_EQ(os::content_of(aside), text);
  EXPECT_EQ(file.load().all().size(), 2U) << "it is read once more when nothing was written meanwhile";
}

}  // namespace
}  // namespace mesh::app
