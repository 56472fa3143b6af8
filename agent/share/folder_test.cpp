// Whole folders between two machines in memory.
#include "agent/share/scripted_peer.hpp"
#include "agent/share/transfer_fixture.hpp"
#include "core/base/escape.hpp"

#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace mesh::share {
namespace {

namespace fs = std::filesystem;

// One line for each entry: what it is, mode, mtime, content or target.
std::map<std::string, std::string> tree_of(const fs::path& root) {
  std::map<std::string, std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    struct stat facts{};
    EXPECT_EQ(::lstat(entry.path().c_str(), &facts), 0);
    auto text = fmt::format("{:o} {}.{:03} ", facts.st_mode & 07777U, facts.st_mtim.tv_sec,
                            facts.st_mtim.tv_nsec / 1'000'000);
    if (entry.is_symlink())
      text += "-> " + fs::read_symlink(entry.path()).string();
    else if (entry.is_regular_file())
      text += crypto::blake3_hex(as_bytes(os::content_of(entry.path())));
    out.emplace(fs::relative(entry.path(), root).string(), text);
  }
  return out;
}

std::ptrdiff_t entries_of(const fs::path& directory) {
  return std::distance(fs::directory_iterator(directory), fs::directory_iterator());
}

struct folders : transfers {
  fs::path source = temp / "album";

  void write(const std::string& path, const std::string& content, mode_t mode = 0644) const {
    fs::create_directories((source / path).parent_path());
    os::write_content(source / path, content);
    ::chmod((source / path).c_str(), mode);
  }
  void make_mixed() const {
    write("a.txt", "hello");
    write("empty", "");
    write("bin/run", "#!/bin/sh\n", 0755);
    write("big.bin", random_content(3 * limits::chunk_bytes + 5));
    write("exact.bin", random_content(limits::chunk_bytes, 9));
    write(".hidden/.deep/x", "x", 0600);
    for (int i = 0; i < 300; ++i)
      write(fmt::format("many/f{:03}", i), random_content(100 + static_cast<std::size_t>(i), 3));
    fs::create_directories(source / "nothing" / "here");
    fs::create_symlink("a.txt", source / "link");
    fs::create_symlink("../many/f001", source / "bin" / "first");
    fs::create_symlink("gone", source / "dangling");
    const timespec times[2] = {{1'600'000'000, 0}, {1'600'000'000, 123'000'000}};
    for (const auto* path : {"a.txt", "bin", "nothing/here", "nothing", "link"})
      EXPECT_EQ(::utimensat(AT_FDCWD, (source / path).c_str(), times, AT_SYMLINK_NOFOLLOW), 0);
  }
  const tree_figures& figures(const recorder& of) const { return *of.summary().tree; }
};

TEST_F(folders, arrive_as_they_were) {
  make_mixed();
  start_folder(source);
  loop.run();
  ASSERT_EQ(at_sender.outcome(), "ok");
  ASSERT_EQ(at_receiver.outcome(), "ok");
  EXPECT_EQ(tree_of(inbox / "album"), tree_of(source));
  EXPECT_EQ(at_sender.summary().hash, at_receiver.summary().hash);
  EXPECT_EQ(figures(at_sender).files, 306U);
  EXPECT_EQ(figures(at_receiver).files_done, 306U);
  EXPECT_EQ(figures(at_sender).kept, 0U);
  EXPECT_EQ(figures(at_sender).omitted, 0U);
  EXPECT_EQ(entries_of(inbox), 1) << "neither part nor journal stay";
}

TEST_F(folders, arrive_whatever_the_network_does) {
  make_mixed();
  for (std::uint32_t seed = 1; seed <= 5; ++seed) {
    start_folder(source, {.seed = seed, .piece_bytes_max = seed * seed * 500, .window_bytes = 300'000});
    loop.run();
  }
  ASSERT_EQ(at_receiver.ends.size(), 5U);
  for (const auto& [info, outcome] : at_receiver.ends) ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(tree_of(inbox / "album (4)"), tree_of(source));
}

TEST_F(folders, that_are_empty_arrive) {
  fs::create_directory(source);
  start_folder(source);
  loop.run();
  EXPECT_EQ(at_sender.outcome(), "ok");
  EXPECT_TRUE(fs::is_empty(inbox / "album"));
}

TEST_F(folders, take_nothing_along_that_leads_out) {
  os::write_content(temp / "secret", "s");
  write("a", "a");
  fs::create_symlink("../secret", source / "out");
  fs::create_symlink((temp / "secret").string(), source / "absolute");
  ASSERT_EQ(::mkfifo((source / "pipe").c_str(), 0600), 0);
  start_folder(source);
  loop.run();
  EXPECT_EQ(at_sender.outcome(), "ok");
  EXPECT_EQ(tree_of(inbox / "album").size(), 1U);
  EXPECT_EQ(figures(at_sender).omitted, 3U);
  EXPECT_FALSE(figures(at_sender).incomplete);
  std::map<std::string, std::string> notes;
  for (const auto& note : figures(at_sender).notes) notes.emplace(note.path, note.code);
  EXPECT_EQ(notes, (std::map<std::string, std::string>{
                       {"absolute", "name_unsafe"}, {"out", "name_unsafe"}, {"pipe", "not_a_file"}}));
}

TEST_F(folders, go_on_behind_the_last_file_that_was_whole) {
  make_mixed();
  const auto link = start_folder(source);
  run_until_delivered(*link, 2 * limits::chunk_bytes);
  link->cut();
  loop.run();
  EXPECT_EQ(at_sender.outcome(), "connection_lost");
  EXPECT_EQ(entries_of(inbox), 2) << "a part and its journal";
  EXPECT_FALSE(fs::exists(inbox / "album"));
  EXPECT_TRUE(fs::is_regular_file(source / at_receiver.reports.back().first.current.value_or("none")));
  at_sender.ends.clear();
  at_receiver.ends.clear();
  const auto again = start_folder(source);
  loop.run();
  ASSERT_EQ(at_sender.outcome(), "ok");
  EXPECT_EQ(tree_of(inbox / "album"), tree_of(source));
  EXPECT_GT(figures(at_sender).kept, 0U);
  EXPECT_GT(at_sender.summary().before, limits::chunk_bytes);
  const auto content = at_sender.summary().info.size;
  EXPECT_LT(again->halves[0].total_delivered, content) << "less than the content crossed the second time";
}

TEST_F(folders, interrupted_anywhere_end_up_equal) {
  make_mixed();
  for (std::uint32_t round = 1; round <= 6; ++round) {
    const auto link = start_folder(source, {.seed = round, .piece_bytes_max = 20'000});
    // Less and less has to come.
    while (link->halves[0].total_delivered < round * 60'000 && loop.step()) {
    }
    link->cut();
    loop.run();
  }
  start_folder(source);
  loop.run();
  ASSERT_TRUE(at_receiver.ends.back().second);
  EXPECT_EQ(tree_of(inbox / "album"), tree_of(source));
}

TEST_F(folders, that_changed_meanwhile_arrive_as_they_are_now) {
  make_mixed();
  const auto link = start_folder(source);
  run_until_delivered(*link, 4 * limits::chunk_bytes);
  link->cut();
  loop.run();
  fs::remove(source / "a.txt");
  fs::remove_all(source / "bin");
  write("bin", "a file where a folder was");
  write("big.bin", random_content(1000, 77));
  fs::create_directories(source / "empty.d");
  start_folder(source);
  loop.run();
  ASSERT_TRUE(at_receiver.ends.back().second);
  EXPECT_EQ(tree_of(inbox / "album"), tree_of(source));
}

TEST_F(folders, sent_again_cost_only_what_differs) {
  make_mixed();
  start_folder(source);
  loop.run();
  write("many/f007", "changed");
  at_sender.ends.clear();
  at_receiver.ends.clear();
  const auto again = start_folder(source);
  loop.run();
  ASSERT_EQ(at_sender.outcome(), "ok");
  EXPECT_EQ(tree_of(inbox / "album (1)"), tree_of(source));
  EXPECT_EQ(figures(at_receiver).kept, 304U) << "all but the changed and the empty one";
  EXPECT_EQ(at_sender.summary().info.size - at_sender.summary().before, 7U);
}

TEST_F(folders, of_other_people_are_never_read_for_the_sender) {
  make_mixed();
  start_folder(source);
  loop.run();
  request.peer.device = mesh::device_id{"another"};
  const auto again = start_folder(source);
  loop.run();
  ASSERT_TRUE(at_receiver.ends.back().second);
  EXPECT_EQ(at_receiver.ends.back().second->tree->kept, 0U);
}

TEST_F(folders, leave_out_a_file_that_changes_while_it_goes) {
  write("a", "a");
  write("big", random_content(30 * limits::chunk_bytes));
  write("z", "z");
  const auto link = start_folder(source);
  run_until_delivered(*link, 2 * limits::chunk_bytes);
  write("big", "short now");
  loop.run();
  ASSERT_EQ(at_sender.outcome(), "ok");
  EXPECT_TRUE(figures(at_sender).incomplete);
  EXPECT_EQ(figures(at_receiver).omitted, 1U);
  EXPECT_THAT(figures(at_sender).notes, testing::SizeIs(1));
  EXPECT_TRUE(fs::exists(inbox / "album" / "z"));
  EXPECT_FALSE(fs::exists(inbox / "album" / "big"));
  for (const auto* side : {&at_sender, &at_receiver})
    EXPECT_EQ(side->summary().info.size, 2U) << "bytes of what did not come are none that came";
}

TEST_F(folders, that_are_incomplete_are_so_at_both_ends) {
  write("a", "a");
  write("secret/out", "s");
  write(".meshignore", "*.log\n");
  write("one.log", "l");
  fs::create_symlink("/etc/hostname", source / "away");
  ASSERT_EQ(::mkfifo((source / "pipe").c_str(), 0600), 0);
  fs::path lost = source;
  for (int i = 0; i < 70; ++i) lost /= "d";
  fs::create_directories(lost);
  start_folder(source);
  loop.run();
  ASSERT_EQ(at_receiver.outcome(), "ok");
  EXPECT_TRUE(figures(at_receiver).incomplete);
  EXPECT_EQ(figures(at_receiver).omitted, figures(at_sender).omitted);
  EXPECT_EQ(figures(at_receiver).ignored, 1U);
  std::map<std::string, std::string> said, heard;
  for (const auto& note : figures(at_sender).notes) said.emplace(note.path, note.code);
  for (const auto& note : figures(at_receiver).notes) {
    heard.emplace(note.path, note.code);
    EXPECT_THAT(note.detail, testing::Not(testing::HasSubstr("/etc"))) << "a path of that machine";
  }
  EXPECT_THAT(heard, testing::SizeIs(3));
  EXPECT_EQ(heard, said);
}

TEST_F(folders, with_more_left_out_than_one_message_names_say_how_many) {
  write("a", "a");
  for (int i = 0; i < 300; ++i) {
    const auto name = fmt::format("{:03}", i) + std::string(240, '\x01');
    ASSERT_EQ(::mkfifo((source / name).c_str(), 0600), 0);
  }
  start_folder(source);
  loop.run();
  ASSERT_EQ(at_receiver.outcome(), "ok");
  EXPECT_EQ(figures(at_receiver).omitted, 300U);
  EXPECT_FALSE(figures(at_receiver).incomplete);
  EXPECT_FALSE(figures(at_receiver).notes.empty());
  EXPECT_LE(figures(at_receiver).notes.size(), tree_notes_max);
}

TEST_F(folders, say_of_odd_names_and_targets_what_everybody_can_read) {
  write("caf\xE9.log", random_content(30 * limits::chunk_bytes));
  fs::create_symlink("/tmp/caf\xE9", source / "link");
  const auto link = start_folder(source);
  run_until_delivered(*link, 2 * limits::chunk_bytes);
  write("caf\xE9.log", "short now");
  loop.run();
  ASSERT_EQ(at_sender.outcome(), "ok");
  ASSERT_THAT(figures(at_sender).notes, testing::SizeIs(2));
  for (const auto& note : figures(at_sender).notes) {
    EXPECT_TRUE(valid_utf8(note.path)) << note.code;
    EXPECT_THAT(note.detail, testing::HasSubstr("caf\uFFFD"));
    EXPECT_TRUE(valid_utf8(note.detail)) << note.code;
  }
}

TEST_F(folders, with_names_that_collide_are_told_apart) {
  write("README", "one");
  write("readme", "two");
  start_folder(source);
  loop.run();
  ASSERT_EQ(at_sender.outcome(), "ok");
  EXPECT_EQ(os::content_of(inbox / "album" / "README"), "one");
  EXPECT_EQ(os::content_of(inbox / "album" / "readme (1)"), "two");
  EXPECT_EQ(figures(at_sender).renamed, 1U);
  EXPECT_EQ(figures(at_sender).notes[0].detail, "readme (1)");
}

TEST_F(folders, wait_for_a_person_and_can_be_declined) {
  make_mixed();
  request.standing = {};
  start_folder(source);
  loop.run();
  ASSERT_EQ(at_receiver.questions.size(), 1U);
  EXPECT_EQ(at_receiver.questions[0].files, 306U);
  EXPECT_TRUE(fs::is_empty(inbox)) << "nothing is written before the answer";
  ASSERT_TRUE(receiver->answer(at_receiver.questions[0].number, false));
  loop.run();
  EXPECT_EQ(at_sender.outcome(), "denied");
  EXPECT_TRUE(fs::is_empty(inbox));
}

TEST_F(folders, larger_than_the_session_allows_are_refused) {
  make_mixed();
  request.limits.max_size = 1000;
  start_folder(source);
  loop.run();
  EXPECT_EQ(at_sender.outcome(), "size_exceeded");
  EXPECT_TRUE(fs::is_empty(inbox));
}

// -- a sender that lies

struct evil : folders {
  const std::string origin = std::string(32, 'a');
  std::optional<scripted_peer> peer;

  void connect() {
    auto pair = make_memory_pair(loop);
    ASSERT_TRUE(receiver->receive_folder(std::move(pair.b), {}, request));
    peer.emplace(std::move(pair.a));
  }
  void offer(std::vector<wire::manifest_entry> entries) {
    wire::folder_meta meta{"t", "album", origin, 1, entries.size(), 0, 0, 0, 0755};
    for (const auto& e : entries) {
      meta.files += e.kind == "file" ? 1 : 0;
      meta.size += e.size;
    }
    peer->say(meta);
    peer->say(wire::folder_manifest{0, 1, std::move(entries)});
    loop.run();
  }
  static std::string hash_of(const std::string& content) { return crypto::blake3_hex(as_bytes(content)); }
};

TEST_F(evil, content_is_refused_by_name_and_nothing_lies_outside) {
  const std::vector<wire::manifest_entry> entries{{"d", "directory", 0, 0, 0755, {}},
                                                  {"d/one", "file", 3, 0, 04777, {}},
                                                  {"link", "link", 0, 0, 0777, "d"},
                                                  {"two", "file", 3, 0, 0644, {}}};
  const struct {
    const char* name;
    void (*speak)(scripted_peer&);
    const char* error;
  } table[] = {
      {"an entry that was not announced", [](scripted_peer& p) { p.say(wire::folder_file{9}); },
       "bad_message"},
      {"a directory as a file", [](scripted_peer& p) { p.say(wire::folder_file{0}); }, "bad_message"},
      {"a link as a file", [](scripted_peer& p) { p.say(wire::folder_file{2}); }, "bad_message"},
      {"the second file first", [](scripted_peer& p) { p.say(wire::folder_file{3}); }, "unexpected_message"},
      {"a file in a file",
       [](scripted_peer& p) {
         p.say(wire::folder_file{1});
         p.say(wire::folder_file{3});
       },
       "unexpected_message"},
      {"content of no file", [](scripted_peer& p) { p.chunk(0, "abc"); }, "unexpected_message"},
      {"too much",
       [](scripted_peer& p) {
         p.say(wire::folder_file{1});
         p.chunk(0, "abcd");
       },
       "size_mismatch"},
      {"at another place",
       [](scripted_peer& p) {
         p.say(wire::folder_file{1});
         p.chunk(1, "ab");
       },
       "offset_invalid"},
      {"too little",
       [](scripted_peer& p) {
         p.say(wire::folder_file{1});
         p.chunk(0, "ab");
         p.say(wire::file_done{hash_of("ab"), 2});
       },
       "size_mismatch"},
      {"another hash",
       [](scripted_peer& p) {
         p.say(wire::folder_file{1});
         p.chunk(0, "abc");
         p.say(wire::file_done{hash_of("abd"), 3});
       },
       "hash_mismatch"},
      {"an end too early", [](scripted_peer& p) { p.say(wire::folder_done{hash_of(""), 0}); },
       "unexpected_message"},
      {"another hash of all",
       [](scripted_peer& p) {
         p.say(wire::folder_skip{1, "file_changed", ""});
         p.say(wire::folder_skip{3, "file_changed", ""});
         p.say(wire::folder_done{hash_of("x"), 0});
       },
       "hash_mismatch"},
      {"skips what is not next", [](scripted_peer& p) { p.say(wire::folder_skip{3, "file_changed", ""}); },
       "unexpected_message"},
      {"another folder", [](scripted_peer& p) { p.say(wire::folder_manifest{0, 1, {}}); },
       "unexpected_message"},
      {"a file of its own",
       [](scripted_peer& p) { p.say(wire::file_meta{"t", "x", 1, std::nullopt, 0, 0644}); },
       "unexpected_message"},
      {"rubbish", [](scripted_peer& p) { p.say_text("{}"); }, "bad_message"},
      {"hangs up", [](scripted_peer& p) { p.finish(); }, "connection_lost"},
  };
  for (const auto& row : table) {
    at_receiver.ends.clear();
    connect();
    offer(entries);
    row.speak(*peer);
    loop.run();
    EXPECT_EQ(at_receiver.outcome(), row.error) << row.name;
    EXPECT_FALSE(fs::exists(inbox / "album")) << row.name;
    for (const auto& entry : fs::directory_iterator(temp.path()))
      EXPECT_EQ(entry.path().filename(), "inbox") << row.name;
    fs::remove_all(inbox);
    fs::create_directory(inbox);
    pass(limits::transfer_linger_timeout + std::chrono::seconds(1));
  }
}

TEST_F(evil, what_is_said_to_stay_behind_is_bounded_and_no_reason_of_ours) {
  const auto say = [this](wire::left_behind left) {
    at_receiver.ends.clear();
    connect();
    wire::folder_meta meta{"t", "album", origin, 1, 1, 0, 0, 0, 0755, std::move(left)};
    peer->say(meta);
    peer->say(wire::folder_manifest{0, 1, {{"d", "directory", 0, 0, 0755, {}}}});
    loop.run();
    peer->say(wire::folder_done{hash_of(""), 0});
    loop.run();
    return at_receiver.outcome();
  };
  const std::string longest(limits::folder_path_bytes_max, 'x');
  for (const wire::left_behind& left : {
           wire::left_behind{limits::folder_entries_max + 1, false, 0, {}},
           wire::left_behind{0, false, limits::folder_entries_max + 1, {}},
           wire::left_behind{1, false, 0, {{"not_a_file", "a"}, {"not_a_file", "b"}}},
           wire::left_behind{1, false, 0, {{"not_a_file", ""}}},
           wire::left_behind{1, false, 0, {{"not_a_file", longest + "x"}}},
           wire::left_behind{1, false, 0, {{"", "a"}}},
       }) {
    EXPECT_EQ(say(left), "bad_message");
    pass(limits::transfer_linger_timeout + std::chrono::seconds(1));
  }
  std::vector<wire::left_entry> many(2 * tree_notes_max, {"file_exists", "../../etc"});
  ASSERT_EQ(say({limits::folder_entries_max, true, 7, many}), "ok");
  const auto& tree = *at_receiver.summary().tree;
  EXPECT_EQ(tree.omitted, limits::folder_entries_max);
  EXPECT_EQ(tree.ignored, 7U);
  ASSERT_EQ(tree.notes.size(), tree_notes_max);
  EXPECT_EQ(tree.notes[0].code, "file_unreadable") << "only the receiver gives other names";
}

TEST_F(evil, modes_lose_what_gives_rights) {
  connect();
  offer({{"one", "file", 3, 0, 06777, {}}});
  peer->say(wire::folder_file{0});
  peer->chunk(0, "abc");
  peer->say(wire::file_done{hash_of("abc"), 3});
  peer->say(wire::folder_done{hash_of(hash_of("abc") + "  ./one\n"), 1});
  peer->finish();
  loop.run();
  ASSERT_EQ(at_receiver.outcome(), "ok");
  struct stat facts{};
  ASSERT_EQ(::stat((inbox / "album" / "one").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777U, 0777U);
}

TEST_F(evil, links_planted_in_the_part_are_not_followed) {
  fs::create_directory(temp / "outside");
  connect();
  offer({{"d", "directory", 0, 0, 0755, {}}, {"d/one", "file", 3, 0, 0644, {}}});
  fs::remove(inbox / "album.part" / "d");
  fs::create_symlink(temp / "outside", inbox / "album.part" / "d");
  peer->say(wire::folder_file{1});
  peer->chunk(0, "abc");
  peer->say(wire::file_done{hash_of("abc"), 3});
  loop.run();
  EXPECT_EQ(at_receiver.outcome(), "name_unsafe");
  EXPECT_TRUE(fs::is_empty(temp / "outside"));
}

}  // namespace
}  // namespace mesh::share
