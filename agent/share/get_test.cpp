#include "agent/share/get_source.hpp"
#include "agent/share/openings.hpp"
#include "agent/share/scripted_peer.hpp"
#include "core/base/limits.hpp"
#include "core/base/test_dir.hpp"

#include <array>
#include <fstream>
#include <sys/stat.h>

#include <gtest/gtest.h>

namespace mesh::share {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, std::string_view text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

// -- by its words

struct place_case {
  const char* name;
  std::string path;
  const char* folder;  // null: refused
  const char* relative;
};

TEST(get, a_path_lies_in_a_folder_of_the_rule_or_is_refused) {
  const std::vector<std::string> folders{"/home/ana/docs", "/home/ana/docs/deep", "/srv"};
  const auto cases = std::to_array<place_case>({
      {"a_file", "/home/ana/docs/a.txt", "/home/ana/docs", "a.txt"},
      {"the_folder_itself", "/srv", "/srv", ""},
      {"with_a_slash", "/srv/", "/srv", ""},
      {"the_nearest_folder", "/home/ana/docs/deep/a", "/home/ana/docs/deep", "a"},
      {"beside", "/home/ana/docs2/a.txt", nullptr, nullptr},
      {"above", "/home/ana", nullptr, nullptr},
      {"the_root", "/", nullptr, nullptr},
      {"climbing_out", "/srv/../etc/passwd", nullptr, nullptr},
      {"climbing_inside", "/srv/a/../b", nullptr, nullptr},
      {"a_dot", "/srv/./a", nullptr, nullptr},
      {"two_slashes", "/srv//a", nullptr, nullptr},
      {"two_slashes_at_the_end", "/srv//", nullptr, nullptr},
      {"relative", "srv/a", nullptr, nullptr},
      {"empty", "", nullptr, nullptr},
      {"nul", std::string("/srv/a\0b", 8), nullptr, nullptr},
      {"overlong", "/srv/" + std::string(limits::get_path_bytes_max, 'a'), nullptr, nullptr},
  });
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto place = locate_get(folders, c.path);
    ASSERT_EQ(place.has_value(), c.folder != nullptr);
    if (!place) {
      EXPECT_EQ(place.error().code, errc::get_refused);
      continue;
    }
    EXPECT_EQ(place->folder, c.folder);
    EXPECT_EQ(place->relative, c.relative);
  }
}

TEST(get, without_a_rule_everything_is_refused) {
  EXPECT_EQ(locate_get({}, "/srv/a").error().code, errc::get_refused);
}

// -- by the file system

class get_source_of : public testing::Test {
 protected:
  get_source_of() {
    write(dir_.path() / "given/a.txt", "content");
    write(dir_.path() / "given/sub/b.txt", "b");
    write(dir_.path() / "secret.txt", "secret");
    fs::create_symlink("../secret.txt", dir_.path() / "given/link");
    fs::create_symlink("/etc", dir_.path() / "given/etc");
    fs::create_symlink("a.txt", dir_.path() / "given/inside");
    ::mkfifo((dir_.path() / "given/pipe").c_str(), 0600);
  }
  result<get_source> open(const std::string& relative) {
    return open_get_source({(dir_.path() / "given").string(), relative});
  }
  test_dir dir_;
};

TEST_F(get_source_of, a_file_is_opened) {
  const auto source = open("a.txt");
  ASSERT_TRUE(source.has_value());
  EXPECT_EQ(std::get<file_source>(*source).size(), 7U);
}

TEST_F(get_source_of, a_folder_is_listed_and_links_out_of_it_stay_behind) {
  const auto whole = open("");
  ASSERT_TRUE(whole.has_value());
  const auto& tree = *std::get<std::shared_ptr<const source_tree>>(*whole);
  EXPECT_EQ(tree.name, "given");
  EXPECT_EQ(tree.files, 2U);
  EXPECT_EQ(tree.left_out.omitted, 3U);  // two links out, and the pipe
  const auto sub = open("sub");
  ASSERT_TRUE(sub.has_value());
  EXPECT_EQ(std::get<std::shared_ptr<const source_tree>>(*sub)->name, "sub");
}

TEST_F(get_source_of, no_link_is_followed_and_nothing_else_is_opened) {
  for (const auto* path : {"link", "inside", "etc/passwd", "etc", "pipe", "a.txt/x", "../secret.txt"})
    EXPECT_EQ(open(path).error().code, errc::get_refused) << path;
  EXPECT_EQ(open("missing").error().code, errc::not_found);
  // What is told holds no path of this machine.
  EXPECT_EQ(open("missing").error().detail, "");
}

// -- the stream that asks

class stream_that_asks : public testing::Test {
 protected:
  stream_that_asks()
      : all_({[this] { return loop_.now(); },
              [this](std::move_only_function<void()> work) { loop_.post(std::move(work)); },
              {}}) {
    auto pair = make_memory_pair(loop_);
    peer_.emplace(std::move(pair.a));
    all_.wait(std::move(pair.b), {}, limits::get_request_timeout,
              [this](result<opened_stream> got) { got_.emplace(std::move(got)); });
  }
  std::string failure() {
    loop_.run();
    if (!got_) return "nothing yet";
    return got_->has_value() ? "" : std::string(word(got_->error().code));
  }

  test_loop loop_;
  openings all_;
  std::optional<scripted_peer> peer_;
  std::optional<result<opened_stream>> got_;
};

TEST_F(stream_that_asks, the_first_message_comes_with_its_stream) {
  peer_->say(wire::file_get{"tr-1", "/srv/a"});
  ASSERT_EQ(failure(), "");
  EXPECT_EQ(std::get<wire::file_get>((*got_)->first).path, "/srv/a");
  EXPECT_FALSE((*got_)->received.empty());
  EXPECT_TRUE(all_.empty());
}

TEST_F(stream_that_asks, silence_ends_in_time) {
  EXPECT_EQ(failure(), "nothing yet");
  loop_.pass(limits::get_request_timeout);
  all_.tick();
  EXPECT_EQ(failure(), "timed_out");
  EXPECT_TRUE(all_.empty());
}

TEST_F(stream_that_asks, content_and_nonsense_are_refused) {
  peer_->chunk(0, "content");
  EXPECT_EQ(failure(), "unexpected_message");
}

TEST_F(stream_that_asks, a_message_that_is_none_is_refused) {
  peer_->say_text(R"({"type":"FILE_GET","transfer_id":"t","path":"/a\u0000"})");
  EXPECT_EQ(failure(), "bad_message");
}

TEST_F(stream_that_asks, an_asker_that_goes_is_noticed) {
  peer_->finish();
  EXPECT_EQ(failure(), "connection_lost");
}

TEST_F(stream_that_asks, too_many_at_once_are_refused) {
  std::vector<std::unique_ptr<p2p::byte_stream>> others;
  int refused = 0;
  for (std::size_t i = 0; i < openings::waiting_max; ++i) {
    auto pair = make_memory_pair(loop_);
    others.push_back(std::move(pair.a));
    all_.wait(std::move(pair.b), {}, limits::get_request_timeout, [&](const result<opened_stream>& got) {
      refused += !got && got.error().code == errc::busy ? 1 : 0;
    });
  }
  loop_.run();
  EXPECT_EQ(refused, 1);
}

TEST_F(stream_that_asks, the_last_words_reach_an_asker_that_is_refused) {
  peer_->say(wire::file_get{"tr-1", "/etc/passwd"});
  ASSERT_EQ(failure(), "");
  all_.dismiss(std::move((*got_)->stream), wire::file_reject{"get_refused", ""});
  loop_.run();
  ASSERT_NE(peer_->last<wire::file_reject>(), nullptr);
  EXPECT_EQ(peer_->last<wire::file_reject>()->code, "get_refused");
  EXPECT_FALSE(all_.empty());
  loop_.pass(limits::transfer_linger_timeout);
  all_.tick();
  loop_.run();
  EXPECT_TRUE(all_.empty());
}

}  // namespace
}  // namespace mesh::share
