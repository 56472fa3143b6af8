// A file that arrived, whose sender never heard of it and offers it once more.
#include "agent/share/arrival_mark.hpp"
#include "agent/share/transfer_fixture.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <gmock/gmock.h>

namespace mesh::share {
namespace {

using testing::ElementsAre;
using testing::SizeIs;
namespace fs = std::filesystem;

struct arrived : transfers {
  const std::string content = random_content(700'000);
  fs::path file = make_file("a.bin", content);
  std::uint64_t sent = 0;  // bytes of the last attempt

  void SetUp() override {
    transfer_id = "TRANSFER1";
    send();
    const int fd = ::open((inbox / "a.bin").c_str(), O_RDONLY | O_CLOEXEC);
    const bool marked =
        has_arrival_mark(fd, arrival_mark(test_peer.user.str(), test_peer.device.str(), transfer_id));
    ::close(fd);
    if (!marked) GTEST_SKIP() << "no extended attributes here";
  }
  void send() {
    at_sender.ends.clear();
    at_receiver.ends.clear();
    const auto link = start(file);
    loop.run();
    sent = link->halves[0].total_delivered;
  }
};

TEST_F(arrived, is_confirmed_without_a_byte_of_content_and_without_a_second_copy) {
  send();
  EXPECT_EQ(at_sender.outcome(), "ok");
  EXPECT_EQ(at_receiver.outcome(), "ok");
  EXPECT_EQ(at_sender.summary().name, "a.bin");
  EXPECT_EQ(at_sender.summary().hash, crypto::blake3_hex(as_bytes(content)));
  EXPECT_EQ(at_sender.summary().before, content.size());
  EXPECT_THAT(names(), ElementsAre("a.bin"));
  EXPECT_LT(sent, 2000U);
}

TEST_F(arrived, under_another_name_is_found_too) {
  fs::rename(inbox / "a.bin", inbox / "a (1).bin");
  os::write_content(inbox / "a.bin", "something else");
  send();
  EXPECT_EQ(at_sender.summary().name, "a (1).bin");
  EXPECT_THAT(names(), ElementsAre("a (1).bin", "a.bin"));
}

TEST_F(arrived, under_a_name_with_a_large_number_is_found_too) {
  fs::rename(inbox / "a.bin", inbox / "a (70).bin");
  for (int i = 0; i < 70; ++i)
    os::write_content(inbox / (i == 0 ? std::string("a.bin") : "a (" + std::to_string(i) + ").bin"),
                      "another");
  send();
  EXPECT_EQ(at_sender.summary().name, "a (70).bin");
}

TEST_F(arrived, an_empty_file_is_not_stored_twice_either) {
  file = make_file("empty", "");
  transfer_id = "TRANSFER2";
  send();
  send();
  EXPECT_EQ(at_sender.outcome(), "ok");
  EXPECT_THAT(names(), ElementsAre("a.bin", "empty"));
}

TEST_F(arrived, another_transfer_of_the_same_file_is_a_second_copy) {
  transfer_id = "TRANSFER2";
  send();
  EXPECT_EQ(at_sender.summary().name, "a (1).bin");
  EXPECT_GT(sent, content.size());
}

TEST_F(arrived, another_sender_learns_nothing_of_it) {
  request.peer.device = mesh::device_id("device-of-eve");
  send();
  EXPECT_EQ(at_sender.summary().name, "a (1).bin");
  EXPECT_EQ(at_sender.summary().before, 0U);
}

TEST_F(arrived, and_changed_meanwhile_stays_as_it_is_and_the_next_attempt_begins_anew) {
  auto changed = content;
  changed[5] ^= 1;
  os::write_content(inbox / "a.bin", changed);
  send();
  EXPECT_EQ(at_sender.outcome(), "busy");
  EXPECT_EQ(os::content_of(inbox / "a.bin"), changed);
  send();
  EXPECT_EQ(at_sender.summary().name, "a (1).bin");
  EXPECT_EQ(os::content_of(inbox / "a (1).bin"), content);
  EXPECT_EQ(os::content_of(inbox / "a.bin"), changed);
}

TEST_F(arrived, is_no_collision_with_itself) {
  request.make_sink = [this](const transfer_info&) { return make_directory_sink(inbox, collision::skip); };
  send();
  EXPECT_EQ(at_sender.outcome(), "ok");
  EXPECT_THAT(names(), SizeIs(1));
}

struct arrived_folder : arrived {
  fs::path folder = temp / "album";

  void SetUp() override {
    arrived::SetUp();
    if (IsSkipped()) return;
    fs::create_directories(folder / "inside");
    os::write_content(folder / "inside" / "b.bin", content);
    os::write_content(folder / "c.txt", "c");
    os::write_content(folder / "empty", "");
    transfer_id = "TRANSFER3";
    send_folder();
  }
  void send_folder() {
    at_sender.ends.clear();
    at_receiver.ends.clear();
    const auto link = start_folder(folder);
    loop.run();
    sent = link->halves[0].total_delivered;
    ASSERT_EQ(at_sender.outcome(), "ok");
  }
};

TEST_F(arrived_folder, is_confirmed_without_content_and_without_a_second_copy) {
  send_folder();
  EXPECT_EQ(at_sender.summary().name, "album");
  EXPECT_LT(sent, 3000U);
  EXPECT_FALSE(fs::exists(inbox / "album (1)"));
  EXPECT_FALSE(fs::exists(inbox / "album.part"));
  EXPECT_FALSE(fs::exists(inbox / "album.part.journal"));
}

// Nothing of it has content: what tells them apart are names, kinds and targets alone.
TEST_F(arrived_folder, is_not_confirmed_when_the_offer_is_another_by_now) {
  const std::vector<std::pair<const char*, std::function<void()>>> changes = {
      {"an empty file more", [&] { os::write_content(folder / "__init__.py", ""); }},
      {"a directory more", [&] { fs::create_directory(folder / "sub"); }},
      {"a link more", [&] { fs::create_symlink("c.txt", folder / "link"); }},
      {"a file less", [&] { fs::remove(folder / "c.txt"); }},
      {"a link elsewhere",
       [&] {
         fs::remove(folder / "link");
         fs::create_symlink("empty", folder / "link");
       }},
  };
  int copies = 0;
  for (const auto& [what, change] : changes) {
    change();
    send_folder();
    EXPECT_EQ(at_sender.summary().name, "album (" + std::to_string(++copies) + ")") << what;
    EXPECT_EQ(at_sender.summary().hash, at_receiver.summary().hash) << what;
    send_folder();
    EXPECT_EQ(at_sender.summary().name, "album (" + std::to_string(copies) + ")") << what << ", confirmed";
  }
  EXPECT_EQ(fs::read_symlink(inbox / "album (5)" / "link"), "empty");
  EXPECT_FALSE(fs::exists(inbox / "album (5)" / "c.txt"));
  EXPECT_TRUE(fs::exists(inbox / "album (5)" / "__init__.py"));
}

TEST_F(arrived_folder, needs_no_room_for_a_second_copy_to_be_confirmed) {
  const auto link = start_folder(folder);
  std::uintmax_t most = 0;
  while (loop.step())
    if (fs::exists(inbox / "album.part"))
      for (const auto& e : fs::recursive_directory_iterator(inbox / "album.part"))
        if (e.is_regular_file()) most += e.file_size();
  EXPECT_EQ(most, 0U);
}

TEST_F(arrived_folder, and_sent_with_other_content_of_the_same_look_is_sent_anew) {
  const auto time = fs::last_write_time(folder / "c.txt");
  os::write_content(folder / "c.txt", "C");
  fs::last_write_time(folder / "c.txt", time);
  at_sender.ends.clear();
  at_receiver.ends.clear();
  start_folder(folder);
  loop.run();
  EXPECT_EQ(at_sender.outcome(), "busy") << "which is tried again";
  send_folder();
  EXPECT_EQ(at_sender.summary().name, "album (1)");
  EXPECT_EQ(os::content_of(inbox / "album" / "c.txt"), "c");
  EXPECT_EQ(os::content_of(inbox / "album (1)" / "c.txt"), "C");
}

TEST_F(arrived_folder, another_transfer_of_the_same_folder_is_a_second_copy) {
  transfer_id = "TRANSFER4";
  send_folder();
  EXPECT_EQ(at_sender.summary().name, "album (1)");
  transfer_id = "TRANSFER3";
  send_folder();
  EXPECT_EQ(at_sender.summary().name, "album");
  transfer_id = "TRANSFER4";
  send_folder();
  EXPECT_EQ(at_sender.summary().name, "album (1)");
}

TEST_F(arrived_folder, and_changed_meanwhile_stays_as_it_is_beside_the_one_that_was_meant) {
  os::write_content(inbox / "album" / "c.txt", "mine");
  send_folder();
  EXPECT_EQ(at_sender.summary().name, "album (1)");
  EXPECT_EQ(os::content_of(inbox / "album" / "c.txt"), "mine");
  EXPECT_EQ(os::content_of(inbox / "album (1)" / "c.txt"), "c");
}

}  // namespace
}  // namespace mesh::share
