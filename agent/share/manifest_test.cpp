#include "agent/share/manifest.hpp"

#include "agent/share/tree_path.hpp"
#include "core/base/limits.hpp"

#include <gtest/gtest.h>

namespace mesh::share {
namespace {

using namespace std::string_literals;

const std::string origin(32, 'a');

wire::manifest_entry file(std::string path, std::uint64_t size = 0) {
  return {std::move(path), "file", size, 0, 0644, {}};
}
wire::manifest_entry directory(std::string path) {
  return {std::move(path), "directory", 0, 0, 0755, {}};
}
wire::manifest_entry link(std::string path, std::string target) {
  return {std::move(path), "link", 0, 0, 0777, std::move(target)};
}

wire::folder_meta meta_of(const std::vector<wire::manifest_entry>& entries) {
  wire::folder_meta meta{"t", "photos", origin, 1, entries.size(), 0, 0, 0, 0755};
  for (const auto& e : entries) {
    meta.files += e.kind == "file" ? 1 : 0;
    meta.size += e.size;
  }
  return meta;
}

std::string outcome_of(const std::vector<wire::manifest_entry>& entries) {
  manifest_reader reader;
  EXPECT_TRUE(reader.on_meta(meta_of(entries)));
  const auto done = reader.on_page({0, 1, entries});
  EXPECT_EQ(done.has_value(), reader.complete());
  return done ? "ok" : std::string(word(done.error().code));
}

TEST(manifest, of_an_honest_sender_is_believed) {
  EXPECT_EQ(outcome_of({}), "ok");
  EXPECT_EQ(outcome_of({file("a", 3)}), "ok");
  EXPECT_EQ(outcome_of({directory("a"), file("a-b"), file("a/b"), directory("a/c"), file("a/c/.hidden")}),
            "ok");
  EXPECT_EQ(outcome_of({directory("a"), link("a/up", ".."), file("b"), link("c", "b"), link("d", "a/./b/")}),
            "ok");
  EXPECT_EQ(outcome_of({file("Readme"), file("readme")}), "ok");
}

TEST(manifest, that_is_evil_is_refused_by_name) {
  std::string deep = "a";
  std::vector<wire::manifest_entry> too_deep{directory(deep)};
  for (std::size_t i = 0; i < limits::folder_depth_max; ++i) too_deep.push_back(directory(deep += "/a"));
  const struct {
    const char* name;
    std::vector<wire::manifest_entry> entries;
    const char* error;
  } table[] = {
      {"climbs", {file("../evil")}, "name_unsafe"},
      {"climbs in the middle", {directory("a"), file("a/../../evil")}, "name_unsafe"},
      {"climbs at the end", {directory("a"), directory("a/..")}, "name_unsafe"},
      {"absolute", {file("/etc/passwd")}, "name_unsafe"},
      {"nul", {file("a\0b"s)}, "name_unsafe"},
      {"no UTF-8", {file("a\xFF")}, "name_unsafe"},
      {"empty component", {directory("a"), file("a//b")}, "name_unsafe"},
      {"itself", {file(".")}, "name_unsafe"},
      {"trailing slash", {directory("a"), directory("a/")}, "name_unsafe"},
      {"long name", {file(std::string(256, 'a'))}, "name_unsafe"},
      {"long path", {file(std::string(limits::folder_path_bytes_max, 'a'))}, "bad_message"},
      {"too deep", too_deep, "bad_message"},
      {"twice", {file("a"), file("a")}, "bad_message"},
      {"twice, of two kinds", {directory("a"), file("a")}, "bad_message"},
      {"descends", {file("b"), file("a")}, "bad_message"},
      {"below a file", {file("a"), file("a/b")}, "bad_message"},
      {"below a link", {link("a", "b"), file("a/b")}, "bad_message"},
      {"below nothing", {file("a/b")}, "bad_message"},
      {"link that climbs", {link("a", "../x")}, "name_unsafe"},
      {"link that climbs late", {link("a", "b/../../x")}, "name_unsafe"},
      {"link through a link", {link("up", "."), link("x", "up/..")}, "name_unsafe"},
      {"absolute link", {link("a", "/etc")}, "name_unsafe"},
      {"link with a NUL", {link("a", "b\0"s)}, "name_unsafe"},
  };
  for (const auto& row : table) EXPECT_EQ(outcome_of(row.entries), row.error) << row.name;
}

TEST(manifest, whose_figures_lie_is_refused) {
  const std::vector<wire::manifest_entry> entries{file("a", 3), file("b", 4)};
  const struct {
    const char* name;
    void (*lie)(wire::folder_meta&);
  } table[] = {
      {"fewer entries", [](wire::folder_meta& m) { --m.entries; }},
      {"more entries", [](wire::folder_meta& m) { ++m.entries; }},
      {"fewer files", [](wire::folder_meta& m) { --m.files; }},
      {"fewer bytes", [](wire::folder_meta& m) { --m.size; }},
      {"more bytes", [](wire::folder_meta& m) { ++m.size; }},
  };
  for (const auto& row : table) {
    auto meta = meta_of(entries);
    row.lie(meta);
    manifest_reader reader;
    ASSERT_TRUE(reader.on_meta(meta));
    const auto done = reader.on_page({0, 1, entries});
    ASSERT_FALSE(done) << row.name;
    EXPECT_EQ(done.error().code, errc::bad_message) << row.name;
  }
}

TEST(manifest, whose_sizes_overflow_is_refused) {
  const auto huge = limits::file_bytes_max;
  std::vector<wire::manifest_entry> entries;
  for (char c = 'a'; c <= 'z'; ++c) entries.push_back(file({c}, huge));
  auto meta = meta_of(entries);
  meta.size = huge;
  manifest_reader reader;
  ASSERT_TRUE(reader.on_meta(meta));
  EXPECT_EQ(reader.on_page({0, 1, entries}).error().code, errc::bad_message);
}

TEST(manifest, whose_pages_are_not_in_order_is_refused) {
  auto meta = meta_of({file("a"), file("b")});
  meta.pages = 2;
  const wire::folder_manifest first{0, 2, {file("a")}}, second{1, 2, {file("b")}};
  const struct {
    const char* name;
    std::vector<wire::folder_manifest> pages;
  } table[] = {
      {"second first", {second}},
      {"first twice", {first, first}},
      {"another count", {first, {1, 3, {file("b")}}}},
      {"behind the last", {first, second, second}},
  };
  for (const auto& row : table) {
    manifest_reader reader;
    ASSERT_TRUE(reader.on_meta(meta));
    result<void> done;
    for (const auto& page : row.pages)
      if (done) done = reader.on_page(page);
    ASSERT_FALSE(done) << row.name;
    EXPECT_EQ(done.error().code, errc::unexpected_message) << row.name;
  }
  manifest_reader empty;
  ASSERT_TRUE(empty.on_meta(meta));
  EXPECT_EQ(empty.on_page({0, 2, {}}).error().code, errc::bad_message);
  manifest_reader early;
  EXPECT_EQ(early.on_page(first).error().code, errc::unexpected_message);
  ASSERT_TRUE(early.on_meta(meta));
  EXPECT_EQ(early.on_meta(meta).error().code, errc::unexpected_message);
}

TEST(manifest, brings_figures_into_bounds) {
  manifest_reader reader;
  wire::manifest_entry evil{"a", "file", 0, -5, 07777, {}};
  ASSERT_TRUE(reader.on_meta({"t", ".bashrc", origin, 1, 1, 1, 0, 1LL << 60, 07777}));
  ASSERT_TRUE(reader.on_page({0, 1, {evil}}));
  EXPECT_EQ(reader.offered().name, "_.bashrc");
  EXPECT_EQ(reader.offered().mode, 0777U);
  const auto entries = reader.take_entries();
  EXPECT_EQ(entries[0].mode, 0777U);
  EXPECT_EQ(entries[0].mtime, 0);
}

TEST(manifest, is_cut_into_pages_that_fit_a_message) {
  std::vector<wire::manifest_entry> entries;
  for (int i = 0; i < 30; ++i) {
    const auto number = std::to_string(100 + i);
    entries.push_back(file("f" + number + std::string(200, '\x01')));
    entries.push_back(link("l" + number, std::string(4000, '"')));
  }
  const auto pages = manifest_pages(entries);
  EXPECT_GT(pages.size(), 2U);
  std::size_t next = 0;
  for (const auto& [first, last] : pages) {
    EXPECT_EQ(first, next);
    next = last;
    wire::folder_manifest page{0,
                               1,
                               {entries.begin() + static_cast<std::ptrdiff_t>(first),
                                entries.begin() + static_cast<std::ptrdiff_t>(last)}};
    EXPECT_LE(wire::render_p2p_message(page).size(), limits::json_message_bytes_max);
  }
  EXPECT_EQ(next, entries.size());
  EXPECT_EQ(manifest_pages({}).size(), 1U);
}

TEST(tree_names, keep_apart_what_some_file_system_takes_for_one) {
  tree_names names;
  EXPECT_EQ(names.place("", "README"), "README");
  EXPECT_EQ(names.place("", "readme"), "readme (1)");
  EXPECT_EQ(names.place("docs", "readme"), "docs/readme");
  EXPECT_EQ(names.place("", "\xC3\xA9t\xC3\xA9.txt"), "\xC3\xA9t\xC3\xA9.txt");
  EXPECT_EQ(names.place("", "e\xCC\x81te\xCC\x81.txt"), "e\xCC\x81te\xCC\x81 (1).txt");
  EXPECT_EQ(names.place("", ".gitignore"), ".gitignore");
  EXPECT_EQ(names.place("", "a\nb"), "a_b");
  EXPECT_EQ(names.place("", "a\\b"), "a_b (1)");
}

}  // namespace
}  // namespace mesh::share
