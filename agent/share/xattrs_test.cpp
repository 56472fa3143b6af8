#include "agent/share/xattrs.hpp"

#include "agent/share/fd_sink.hpp"
#include "agent/share/hostile_sender_in_test.hpp"

#include <fcntl.h>
#include <sys/xattr.h>

#include <gmock/gmock.h>

namespace mesh::share {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
namespace fs = std::filesystem;
using attributes = std::map<std::string, std::string>;

void put(const fs::path& path, const std::string& name, const std::string& value) {
  ASSERT_EQ(::setxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0), 0) << name;
}

// Of the namespace, without this program's own.
attributes of(const fs::path& path) {
  const os::unique_fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  attributes out;
  for (const auto& [name, value] : read_xattrs(fd.get()).attributes)
    out.emplace(name, as_text(from_base64url(value).value()));
  return out;
}

bool kept_in(const fs::path& folder) {
  const os::unique_fd fd(::open(folder.c_str(), O_RDONLY | O_CLOEXEC));
  return keeps_xattrs(fd.get());
}

TEST(xattrs, only_names_of_people_may_travel) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"user.mime_type", "ok"},
      {"user.été", "ok"},
      {"user.a/../b", "ok"},
      {"user." + std::string(250, 'a'), "ok"},
      {"user." + std::string(251, 'a'), "name_unsafe"},
      {"user.", "name_unsafe"},
      {"", "name_unsafe"},
      {"user", "name_unsafe"},
      {"USER.a", "name_unsafe"},
      {"security.capability", "name_unsafe"},
      {"security.selinux", "name_unsafe"},
      {"system.posix_acl_access", "name_unsafe"},
      {"trusted.overlay.opaque", "name_unsafe"},
      {"user.mesh.transfer", "name_unsafe"},
      {"user.mesh.origin", "name_unsafe"},
      {std::string("user.a\0b", 8), "name_unsafe"},
      {"user.a\nb", "name_unsafe"},
      {"user.a\x1b[2J", "name_unsafe"},
      {"user.a\xff", "name_unsafe"},
  };
  for (const auto& [name, expected] : table) {
    const std::vector<wire::extended_attribute> said{{name, "YQ"}};
    const auto judged = check_xattrs(said);
    EXPECT_EQ(judged ? "ok" : word(judged.error().code), expected) << name;
  }
  const std::vector<wire::extended_attribute> twice{{"user.a", "YQ"}, {"user.b", "YQ"}, {"user.a", "Yg"}};
  EXPECT_EQ(check_xattrs(twice).error().code, errc::field_invalid);
}

struct xattr_transfers : hostile_sender {
  void SetUp() override {
    if (!kept_in(temp.path())) GTEST_SKIP() << "no extended attributes here";
    send_xattrs = true;
  }
  std::string over(const fs::path& file) {
    at_sender.ends.clear();
    at_receiver.ends.clear();
    start(file);
    loop.run();
    return at_sender.outcome();
  }
  std::string over_folder(const fs::path& folder) {
    at_sender.ends.clear();
    at_receiver.ends.clear();
    start_folder(folder);
    loop.run();
    return at_sender.outcome();
  }
};

TEST_F(xattr_transfers, what_is_read_keeps_the_bounds_and_leaves_our_own_marks_out) {
  const auto file = make_file("a", "content");
  put(file, "user.mesh.transfer", "ours");
  for (std::size_t i = 0; i < limits::xattrs_max + 3; ++i) put(file, "user.n" + std::to_string(100 + i), "v");
  const os::unique_fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  const auto found = read_xattrs(fd.get());
  EXPECT_EQ(found.attributes.size(), limits::xattrs_max);
  EXPECT_EQ(found.left, 3U);
  EXPECT_TRUE(check_xattrs(found.attributes).has_value());
  EXPECT_THAT(of(file), testing::Not(testing::Contains(Pair("user.mesh.transfer", testing::_))));
}

TEST_F(xattr_transfers, a_file_keeps_its_attributes_when_its_sender_wants_it) {
  const auto file = make_file("a.bin", random_content(300'000));
  const attributes mine{
      {"user.mime_type", "text/plain"}, {"user.bytes", std::string("\0\xff\n", 3)}, {"user.empty", ""}};
  for (const auto& [name, value] : mine) put(file, name, value);
  EXPECT_EQ(over(file), "ok");
  EXPECT_EQ(of(inbox / "a.bin"), mine);
  EXPECT_EQ(at_sender.summary().xattrs_left, 0U);
  send_xattrs = false;
  EXPECT_EQ(over(file), "ok");
  EXPECT_THAT(of(inbox / "a (1).bin"), IsEmpty());
}

TEST_F(xattr_transfers, a_file_that_arrived_before_gets_them_without_its_content_again) {
  transfer_id = "TRANSFER1";
  const auto file = make_file("a.bin", random_content(300'000));
  send_xattrs = false;
  EXPECT_EQ(over(file), "ok");
  send_xattrs = true;
  put(file, "user.a", "1");
  EXPECT_EQ(over(file), "ok");
  EXPECT_EQ(at_sender.summary().before, 300'000U);
  EXPECT_THAT(of(inbox / "a.bin"), ElementsAre(Pair("user.a", "1")));
  EXPECT_THAT(names(), ElementsAre("a.bin"));
}

TEST_F(xattr_transfers, where_there_is_no_place_for_them_the_content_arrives_and_the_summary_counts_them) {
  const auto file = make_file("a.bin", "content");
  put(file, "user.a", "1");
  put(file, "user.b", "2");
  request.make_sink = [this](const transfer_info&) -> result<std::unique_ptr<file_sink>> {
    return make_fd_sink(os::unique_fd(::open((inbox / "out").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)),
                        "out", {});
  };
  EXPECT_EQ(over(file), "ok");
  EXPECT_EQ(os::content_of(inbox / "out"), "content");
  EXPECT_THAT(of(inbox / "out"), IsEmpty());
  EXPECT_EQ(at_sender.summary().xattrs_left, 2U);
}

TEST_F(xattr_transfers, a_folder_keeps_those_of_its_files_its_directories_and_its_own) {
  const auto root = temp / "tree";
  fs::create_directories(root / "sub" / "deep");
  for (const auto* name : {"a.txt", "sub/b.txt", "sub/deep/c.txt", "sub/empty"})
    os::write_content(root / name, fs::path(name).filename() == "empty" ? "" : name);
  for (const auto* name : {"", "a.txt", "sub", "sub/deep", "sub/deep/c.txt", "sub/empty"})
    put(name[0] == '\0' ? root : root / name, "user.of", std::string("of ") + name);
  fs::permissions(root / "sub" / "empty", fs::perms::owner_read);
  EXPECT_EQ(over_folder(root), "ok");
  for (const auto* name : {"a.txt", "sub", "sub/deep", "sub/deep/c.txt", "sub/empty"})
    EXPECT_THAT(of(inbox / "tree" / name), ElementsAre(Pair("user.of", std::string("of ") + name))) << name;
  EXPECT_THAT(of(inbox / "tree"), ElementsAre(Pair("user.of", "of ")));
  EXPECT_THAT(of(inbox / "tree" / "sub" / "b.txt"), IsEmpty());
  // What is copied from the folder that came before gets them, too.
  put(root / "sub" / "b.txt", "user.late", "x");
  EXPECT_EQ(over_folder(root), "ok");
  EXPECT_EQ(at_sender.summary().tree->kept, 3U);
  EXPECT_THAT(of(inbox / "tree (1)" / "sub" / "b.txt"), ElementsAre(Pair("user.late", "x")));
  EXPECT_THAT(of(inbox / "tree (1)" / "a.txt"), ElementsAre(Pair("user.of", "of a.txt")));
}

TEST_F(xattr_transfers, they_count_for_the_size_that_the_token_allows) {
  const auto file = make_file("a.bin", "content");
  put(file, "user.a", std::string(100, 'v'));
  request.limits.max_size = 50;
  EXPECT_EQ(over(file), "size_exceeded");
}

// -- a hostile sender

struct hostile_xattrs : xattr_transfers {
  std::vector<wire::extended_attribute> many(std::size_t count, std::size_t size) {
    std::vector<wire::extended_attribute> out;
    for (std::size_t i = 0; i < count; ++i)
      out.push_back({"user." + std::to_string(i), to_base64url(as_bytes(std::string(size, 'x')))});
    return out;
  }
  std::string tried(const std::vector<wire::file_xattrs>& said) {
    at_receiver.ends.clear();
    auto& s = connect({.seed = 5});
    s.say(meta(3));
    s.chunk(0, "abc");
    for (const auto& message : said) s.say(message);
    s.say(wire::file_done{hash_of("abc"), 3});
    s.finish();
    loop.run();
    EXPECT_EQ(told(), at_receiver.outcome());
    return at_receiver.outcome();
  }
};

TEST_F(hostile_xattrs, are_refused_by_name_and_nothing_stays) {
  const std::vector<wire::extended_attribute> good{{"user.a", "YQ"}};
  const std::vector<std::tuple<std::string, std::vector<wire::file_xattrs>, std::string>> table{
      {"a capability for a program", {{{{"security.capability", "YQ"}}}}, "name_unsafe"},
      {"an access list", {{{{"system.posix_acl_access", "YQ"}}}}, "name_unsafe"},
      {"one of the administrator", {{{{"trusted.a", "YQ"}}}}, "name_unsafe"},
      {"a mark of ours", {{{{"user.mesh.transfer", "YQ"}}}}, "name_unsafe"},
      {"a good one and a bad one", {{{{"user.a", "YQ"}, {"security.selinux", "YQ"}}}}, "name_unsafe"},
      {"one twice", {{{{"user.a", "YQ"}, {"user.a", "Yg"}}}}, "field_invalid"},
      {"none", {{}}, "bad_message"},
      {"too many", {{many(limits::xattrs_max + 1, 1)}}, "bad_message"},
      {"too long", {{many(1, limits::xattr_bytes_max)}}, "bad_message"},
      {"too long together",
       {{many(limits::xattrs_max, limits::xattr_bytes_max / limits::xattrs_max)}},
       "bad_message"},
      {"a value that is no base64url", {{{{"user.a", "?!"}}}}, "bad_message"},
      {"a second message", {{good}, {{{"user.b", "YQ"}}}}, "unexpected_message"},
  };
  for (const auto& [name, said, code] : table) {
    SCOPED_TRACE(name);
    EXPECT_EQ(tried(said), code);
    EXPECT_THAT(names(), IsEmpty());
  }
}

TEST_F(hostile_xattrs, before_the_offer_or_unasked_are_refused) {
  connect().say(wire::file_xattrs{{{"user.a", "YQ"}}});
  loop.run();
  EXPECT_EQ(at_receiver.outcome(), "unexpected_message");
  request.make_sink = [this](const transfer_info&) -> result<std::unique_ptr<file_sink>> {
    return make_fd_sink(os::unique_fd(::open((inbox / "out").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)),
                        "out", {});
  };
  EXPECT_EQ(tried({{{{"user.a", "YQ"}}}}), "unexpected_message");
  EXPECT_THAT(of(inbox / "out"), IsEmpty());
}

struct hostile_folder_xattrs : xattr_transfers {
  // A folder with a directory, entry 0, and a file in it, entry 1.
  std::string tried(const std::vector<wire::p2p_message>& said) {
    at_receiver.ends.clear();
    auto pair = make_memory_pair(loop);
    EXPECT_TRUE(receiver->receive_folder(std::move(pair.b), {}, request).has_value());
    scripted_peer s(std::move(pair.a));
    s.say(wire::folder_meta{"T1", "tree", std::string(32, 'a'), 1, 2, 1, 3, 0, 0755});
    s.say(wire::folder_manifest{0, 1, {{"d", "directory", 0, 0, 0755, {}}, {"d/f", "file", 3, 0, 0644, {}}}});
    loop.run();
    EXPECT_NE(s.last<wire::folder_accept>(), nullptr);
    for (const auto& message : said) s.say(message);
    s.finish();
    loop.run();
    return at_receiver.outcome();
  }
};

TEST_F(hostile_folder_xattrs, are_refused_by_name_and_no_folder_gets_its_name) {
  const std::vector<wire::extended_attribute> good{{"user.a", "YQ"}}, bad{{"security.capability", "YQ"}};
  const std::vector<std::tuple<std::string, std::vector<wire::p2p_message>, std::string>> table{
      {"of the folder", {wire::file_xattrs{bad}}, "name_unsafe"},
      {"of a directory", {wire::file_xattrs{bad, 0}}, "name_unsafe"},
      {"of a file", {wire::folder_file{1}, wire::file_xattrs{bad}}, "name_unsafe"},
      {"of a file before it comes", {wire::file_xattrs{good, 1}}, "unexpected_message"},
      {"of an entry that is none", {wire::file_xattrs{good, 2}}, "unexpected_message"},
      {"of the largest entry", {wire::file_xattrs{good, ~0ULL}}, "bad_message"},
      {"twice", {wire::file_xattrs{good, 0}, wire::file_xattrs{good, 0}}, "unexpected_message"},
      {"backwards", {wire::file_xattrs{good, 0}, wire::file_xattrs{good}}, "unexpected_message"},
      {"of a directory inside of a file",
       {wire::folder_file{1}, wire::file_xattrs{good, 0}},
       "unexpected_message"},
      {"of a file twice",
       {wire::folder_file{1}, wire::file_xattrs{good}, wire::file_xattrs{good}},
       "unexpected_message"},
  };
  for (const auto& [name, said, code] : table) {
    SCOPED_TRACE(name);
    EXPECT_EQ(tried(said), code);
    EXPECT_FALSE(fs::exists(inbox / "tree"));
  }
}

}  // namespace
}  // namespace mesh::share
