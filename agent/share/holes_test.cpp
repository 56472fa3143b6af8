// Sparse files between two machines in memory: what takes no room here takes none there.
#include "agent/share/scripted_peer.hpp"
#include "agent/share/transfer_fixture.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>

namespace mesh::share {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t mb = 1ULL << 20U;

// offset and content of what is no hole.
using pieces = std::vector<std::pair<std::uint64_t, std::string>>;

fs::path make_sparse(const fs::path& path, std::uint64_t size, const pieces& data) {
  fs::create_directories(path.parent_path());
  const os::unique_fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644));
  EXPECT_EQ(::ftruncate(fd.get(), static_cast<off_t>(size)), 0);
  for (const auto& [offset, content] : data)
    EXPECT_EQ(::pwrite(fd.get(), content.data(), content.size(), static_cast<off_t>(offset)),
              static_cast<ssize_t>(content.size()));
  return path;
}

std::uint64_t room_of(const fs::path& path) {
  struct stat facts{};
  EXPECT_EQ(::stat(path.c_str(), &facts), 0) << path;
  return static_cast<std::uint64_t>(facts.st_blocks) * 512;
}

std::string hash_of(const fs::path& path) {
  return crypto::blake3_hex(as_bytes(os::content_of(path)));
}

struct holes : transfers {
  fs::path sparse = temp / "outbox" / "disk.img";

  void make() {
    make_sparse(sparse, 70 * mb + 5,
                {{0, random_content(100'000)}, {20 * mb + 4096, random_content(600'000, 2)}, {50 * mb, "x"}});
    if (room_of(sparse) > 10 * mb) GTEST_SKIP() << "this file system keeps no holes";
  }
  void expect_equal(const fs::path& got) const {
    EXPECT_EQ(fs::file_size(got), fs::file_size(sparse));
    EXPECT_EQ(hash_of(got), hash_of(sparse));
    EXPECT_LE(room_of(got), room_of(sparse) + mb);
  }
};

TEST_F(holes, stay_holes_and_travel_as_a_few_bytes) {
  make();
  const auto link = start(sparse);
  loop.run();
  ASSERT_EQ(at_receiver.outcome(), "ok");
  EXPECT_EQ(at_sender.outcome(), "ok");
  EXPECT_EQ(at_sender.summary().hash, hash_of(sparse));
  EXPECT_EQ(at_sender.reports.back().first.done, 70 * mb + 5);
  EXPECT_LT(link->halves[0].total_delivered, 2 * mb);
  expect_equal(inbox / "disk.img");
}

TEST_F(holes, may_be_all_of_a_file) {
  make_sparse(sparse, 40 * mb + 1, {});
  start(sparse);
  loop.run();
  ASSERT_EQ(at_receiver.outcome(), "ok");
  expect_equal(inbox / "disk.img");
}

TEST_F(holes, arrive_whatever_the_network_does) {
  make();
  for (std::uint32_t seed = 1; seed <= 3; ++seed) {
    at_receiver.ends.clear();
    start(sparse, {.seed = seed, .piece_bytes_max = seed * 700, .window_bytes = 300'000});
    loop.run();
    ASSERT_EQ(at_receiver.outcome(), "ok") << seed;
    fs::rename(inbox / "disk.img", inbox / "got");
    expect_equal(inbox / "got");
  }
}

TEST_F(holes, do_not_lose_their_place_when_a_transfer_is_cut) {
  make();
  transfer_id = "t1";
  for (const std::uint64_t at : {50'000U, 120'000U, 400'000U, 690'000U}) {
    const auto link = start(sparse);
    while (link->halves[0].total_delivered < at && at_receiver.ends.empty() && loop.step()) {
    }
    link->cut();
    loop.run();
    at_receiver.ends.clear();
    at_sender.ends.clear();
  }
  start(sparse);
  loop.run();
  ASSERT_EQ(at_receiver.outcome(), "ok");
  expect_equal(inbox / "disk.img");
  EXPECT_TRUE(journals().empty());
}

TEST_F(holes, in_folders_stay_too_also_when_the_folder_comes_again) {
  make();
  os::write_content(temp / "outbox" / "z.txt", "behind it");
  for (const auto* name : {"outbox", "outbox (1)"}) {
    at_receiver.ends.clear();
    at_sender.ends.clear();
    const auto link = start_folder(temp / "outbox");
    loop.run();
    ASSERT_EQ(at_receiver.outcome(), "ok");
    EXPECT_EQ(at_sender.outcome(), "ok");
    EXPECT_LT(link->halves[0].total_delivered, 2 * mb);
    expect_equal(inbox / name / "disk.img");
    EXPECT_EQ(os::content_of(inbox / name / "z.txt"), "behind it");
  }
}

TEST_F(holes, are_sent_as_zeros_to_who_does_not_know_them) {
  make();
  auto pair = make_memory_pair(loop);
  auto source = file_source::open(sparse);
  ASSERT_TRUE(sender->send(std::move(pair.a), {test_session, test_peer, std::move(*source), {}}));
  scripted_peer peer(std::move(pair.b));
  peer.say(wire::file_accept{});
  loop.run();
  EXPECT_EQ(peer.content_bytes, 70 * mb + 5);
  ASSERT_NE(peer.last<wire::file_done>(), nullptr);
  EXPECT_EQ(peer.last<wire::file_done>()->hash, hash_of(sparse));
}

TEST_F(holes, that_are_lies_are_refused_by_name) {
  struct lie {
    std::string name;
    std::uint64_t offset, size;
    std::string code;
  };
  for (const auto& [name, offset, size, code] :
       {lie{"beyond the end", 0, 5 * mb, "size_mismatch"}, lie{"of nothing", 0, 0, "bad_message"},
        lie{"larger than any may be", 0, limits::hole_bytes_max + 1, "bad_message"},
        lie{"somewhere else", mb, mb, "offset_invalid"},
        lie{"at the end of all numbers", ~0ULL, mb, "bad_message"}}) {
    SCOPED_TRACE(name);
    at_receiver.ends.clear();
    auto pair = make_memory_pair(loop);
    ASSERT_TRUE(receiver->receive(std::move(pair.b), {}, request).has_value());
    scripted_peer peer(std::move(pair.a));
    peer.say(wire::file_meta{"t1", "a.bin", 4 * mb, {}, 0, 0644});
    loop.run();
    ASSERT_NE(peer.last<wire::file_accept>(), nullptr);
    EXPECT_EQ(peer.last<wire::file_accept>()->holes, true);
    peer.say(wire::file_hole{offset, size});
    loop.run();
    EXPECT_EQ(at_receiver.outcome(), code);
    EXPECT_TRUE(received().empty());
  }
}

TEST_F(holes, before_the_answer_and_with_another_hash_are_refused) {
  for (const bool answered : {false, true}) {
    at_receiver.ends.clear();
    auto pair = make_memory_pair(loop);
    ASSERT_TRUE(receiver->receive(std::move(pair.b), {}, request).has_value());
    scripted_peer peer(std::move(pair.a));
    if (answered) {
      peer.say(wire::file_meta{"t1", "a.bin", 4 * mb, {}, 0, 0644});
      loop.run();
    }
    peer.say(wire::file_hole{0, 4 * mb});
    peer.say(wire::file_done{std::string(64, '0'), 4 * mb});
    loop.run();
    EXPECT_EQ(at_receiver.outcome(), answered ? "hash_mismatch" : "unexpected_message");
    EXPECT_TRUE(received().empty());
  }
}

// Behind a hole everything is read later: it must not get lost, whatever pieces it comes in.
TEST_F(holes, hold_back_what_follows_them_and_nothing_is_lost) {
  auto pair = make_memory_pair(loop);
  ASSERT_TRUE(receiver->receive(std::move(pair.b), {}, request).has_value());
  scripted_peer peer(std::move(pair.a));
  constexpr std::uint64_t count = 50;
  peer.say(wire::file_meta{"t1", "a.bin", count * (mb + 3), {}, 0, 0644});
  loop.run();
  crypto::blake3_hasher hasher;
  const std::string zeros(mb, '\0');
  for (std::uint64_t i = 0; i < count; ++i) {
    peer.say(wire::file_hole{i * (mb + 3), mb});
    peer.chunk(i * (mb + 3) + mb, "abc");
    hasher.update(as_bytes(zeros));
    hasher.update(as_bytes(std::string_view("abc")));
  }
  peer.say(wire::file_done{hasher.hex(), count * (mb + 3)});
  peer.finish();
  loop.run();
  EXPECT_EQ(at_receiver.outcome(), "ok");
}

}  // namespace
}  // namespace mesh::share
