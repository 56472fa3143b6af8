#include "agent/share/ignore_reader.hpp"
#include "agent/share/source_tree.hpp"
#include "core/base/limits.hpp"
#include "core/base/test_dir.hpp"

#include <array>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <spawn.h>
#include <sys/wait.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

extern char** environ;

namespace mesh::share {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, std::string_view text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

// -- one pattern

struct pattern_case {
  const char* name;
  const char* pattern;
  const char* path;
  bool directory;
  bool matches;
};

constexpr auto pattern_cases = std::to_array<pattern_case>({
    {"a_name_at_any_level", "a.o", "x/y/a.o", false, true},
    {"a_name_is_whole", "a.o", "x/ya.o", false, false},
    {"a_star", "*.o", "x/y/a.o", false, true},
    {"a_star_stops_at_a_slash", "x/*.o", "x/y/a.o", false, false},
    {"a_slash_at_the_start_anchors", "/a.o", "x/a.o", false, false},
    {"an_anchored_name", "/a.o", "a.o", false, true},
    {"a_slash_in_the_middle_anchors", "x/a", "y/x/a", false, false},
    {"a_slash_at_the_end_wants_a_directory", "build/", "build", false, false},
    {"a_directory", "build/", "x/build", true, true},
    {"two_stars_before", "**/a", "x/y/a", false, true},
    {"two_stars_before_stand_for_nothing", "**/a", "a", false, true},
    {"two_stars_between", "x/**/a", "x/1/2/a", false, true},
    {"two_stars_between_stand_for_nothing", "x/**/a", "x/a", false, true},
    {"two_stars_behind", "x/**", "x/1/2", false, true},
    {"two_stars_behind_are_not_the_directory", "x/**", "x", true, false},
    {"two_stars_in_a_name_are_one", "x/a**b", "x/a/b", false, false},
    {"what_follows_plain_text_begins_anew", "x**/b", "x1/2/b", false, true},
    {"a_question_mark", "a?c", "abc", false, true},
    {"a_question_mark_is_no_slash", "/a?c", "a/c", false, false},
    {"a_question_mark_is_one_byte", "?", "\xC3\xA9", false, false},
    {"a_set", "[a-cx]", "b", false, true},
    {"a_negated_set", "[!a-c]", "b", false, false},
    {"another_negation", "[^a-c]", "d", false, true},
    {"a_bracket_in_a_set", "[]a]", "]", false, true},
    {"a_minus_at_the_end_of_a_set", "[a-]", "-", false, true},
    {"an_escape_in_a_set", "[\\]]", "]", false, true},
    {"a_named_class", "[[:digit:]]*", "7up", false, true},
    {"an_unknown_class_matches_nothing", "[[:none:]]", "n", false, false},
    {"an_unfinished_class_is_a_set", "[[:]", ":", false, true},
    {"a_set_is_no_slash", "/a[/]b", "a/b", false, false},
    {"an_open_set_matches_nothing", "[a", "[a", false, false},
    {"an_escaped_star", "\\*", "*", false, true},
    {"an_escaped_star_is_no_star", "\\*", "a", false, false},
    {"a_lone_backslash_matches_nothing", "a\\", "a\\", false, false},
    {"an_escaped_comment", "\\#a", "#a", false, true},
    {"an_escaped_negation", "\\!a", "!a", false, true},
    {"blanks_at_the_end_go", "a  ", "a", false, true},
    {"an_escaped_blank_stays", "a\\ ", "a ", false, true},
});

TEST(ignore, patterns_are_those_of_gitignore) {
  for (const auto& c : pattern_cases) {
    SCOPED_TRACE(c.name);
    const auto pattern = ignore_pattern::parse(c.pattern);
    ASSERT_TRUE(pattern.has_value());
    EXPECT_EQ(pattern->matches(c.path, c.directory), c.matches);
  }
}

TEST(ignore, blank_lines_comments_and_hostile_lines_are_no_patterns) {
  const std::string long_line(limits::ignore_pattern_bytes_max + 1, 'a');
  for (const auto& line : {std::string(), std::string("#a"), std::string("   "), std::string("!"),
                           std::string("/"), std::string("!/"), long_line})
    EXPECT_FALSE(ignore_pattern::parse(line).has_value()) << line;
}

// Trying each star after the other would take longer than the age of the universe.
TEST(ignore, no_pattern_takes_exponential_time) {
  const std::string path(1000, 'a');
  for (const std::string_view unit : {"*a", "**/", "a*?", "[a-z]*", "*"}) {
    std::string hostile;
    while (hostile.size() + unit.size() + 1 <= limits::ignore_pattern_bytes_max) hostile += unit;
    const auto pattern = ignore_pattern::parse(hostile + 'b');
    ASSERT_TRUE(pattern.has_value());
    EXPECT_FALSE(pattern->matches(path, false)) << unit;
  }
}

// -- files of patterns

TEST(ignore, the_last_line_that_matches_decides) {
  ignore_rules rules;
  rules.enter("", "*.log\n!keep.log\n# no pattern\n\nkeep.log/\n");
  const auto out = rules.judge("a.log", false);
  ASSERT_TRUE(out.has_value());
  EXPECT_TRUE(out->ignored);
  EXPECT_EQ(out->line, 1U);
  const auto kept = rules.judge("keep.log", false);
  ASSERT_TRUE(kept.has_value());
  EXPECT_FALSE(kept->ignored);
  EXPECT_EQ(kept->pattern, "!keep.log");
  EXPECT_EQ(rules.judge("keep.log", true)->line, 5U);
  EXPECT_FALSE(rules.judge("a.txt", false).has_value());
}

TEST(ignore, a_nearer_file_wins_and_speaks_of_its_own_directory_only) {
  ignore_rules rules;
  rules.enter("", "*.o\n");
  rules.enter("sub/", "!/a.o\n");
  EXPECT_FALSE(rules.judge("sub/a.o", false)->ignored);
  EXPECT_EQ(rules.judge("sub/a.o", false)->file, "sub/.meshignore");
  EXPECT_TRUE(rules.judge("sub/b.o", false)->ignored);
  rules.leave();
  EXPECT_TRUE(rules.judge("a.o", false)->ignored);
}

TEST(ignore, files_of_other_systems_are_read) {
  ignore_rules rules;
  rules.enter("", "\xEF\xBB\xBF*.o\r\n*.tmp");
  EXPECT_TRUE(rules.judge("a.o", false).has_value());
  EXPECT_TRUE(rules.judge("a.tmp", false).has_value());
}

TEST(ignore, why_names_the_excluded_parent) {
  const test_dir dir;
  write(dir.path() / ".meshignore", "build/\n");
  write(dir.path() / "build/.meshignore", "!a.txt\n");
  write(dir.path() / "build/a.txt", "");
  write(dir.path() / "c.txt", "");
  const auto verdict = explain_ignored(dir.path(), "build/a.txt");
  ASSERT_TRUE(verdict && *verdict);
  EXPECT_TRUE((*verdict)->ignored);
  EXPECT_EQ((*verdict)->pattern, "build/");
  const auto other = explain_ignored(dir.path(), "c.txt");
  ASSERT_TRUE(other.has_value());
  EXPECT_FALSE(other->has_value());
  EXPECT_EQ(explain_ignored(dir.path(), "d.txt").error().code, errc::not_found);
  EXPECT_EQ(explain_ignored(dir.path(), "c.txt/d").error().code, errc::not_found);
}

// -- folders that are sent

std::vector<std::string> paths_of(const source_tree& tree) {
  std::vector<std::string> out;
  for (const auto& entry : tree.entries) out.push_back(entry.path);
  return out;
}

TEST(ignore, a_folder_is_offered_without_what_is_ignored) {
  const test_dir dir;
  write(dir.path() / ".meshignore", "*.o\nbuild/\n");
  write(dir.path() / "a.c", "1");
  write(dir.path() / "a.o", "22");
  write(dir.path() / "build/big", "333");
  write(dir.path() / "src/b.o", "4444");
  write(dir.path() / "src/c.o", "5");
  write(dir.path() / "src/.meshignore", "!c.o\n");
  const auto tree = scan_tree(dir.path());
  ASSERT_TRUE(tree.has_value());
  EXPECT_EQ(paths_of(*tree),
            (std::vector<std::string>{".meshignore", "a.c", "src", "src/.meshignore", "src/c.o"}));
  EXPECT_EQ(tree->left_out.ignored, 3U);
  EXPECT_EQ(tree->left_out.omitted, 0U);
  EXPECT_FALSE(tree->left_out.incomplete);
  const auto all = scan_tree(dir.path(), ignore_files::overlook);
  ASSERT_TRUE(all.has_value());
  EXPECT_EQ(all->files, 7U);
  EXPECT_FALSE(all->left_out.ignored.has_value());
}

TEST(ignore, a_list_of_patterns_that_cannot_be_read_stops_the_folder) {
  const test_dir dir;
  write(dir.path() / "elsewhere", "*\n");
  fs::create_symlink("elsewhere", dir.path() / ".meshignore");
  EXPECT_EQ(scan_tree(dir.path()).error().code, errc::file_unreadable);
  fs::remove(dir.path() / ".meshignore");
  write(dir.path() / ".meshignore", std::string(limits::ignore_file_bytes_max + 1, '\n'));
  EXPECT_EQ(scan_tree(dir.path()).error().code, errc::too_large);
}

// -- beside git

constexpr unsigned seed = 20260104;

class git {
 public:
  // False when there is no git here.
  static bool present() { return run({"git", "--version"}, "/dev/null", "/dev/null") == 0; }

  explicit git(fs::path at) : at_(std::move(at)) {
    EXPECT_EQ(run({"git", "init", "-q", at_.string()}, "/dev/null", "/dev/null"), 0);
  }

  // "FILE:LINE:PATTERN" of what decides about each path, in their order; empty when nothing does.
  std::vector<std::string> answers(const std::vector<std::string>& paths) const {
    const auto in = at_.string() + ".in";
    const auto out = at_.string() + ".out";
    std::string names;
    for (const auto& path : paths) names.append(path).push_back('\0');
    write(in, names);
    run({"git", "-C", at_.string(), "-c", "core.excludesFile=", "-c", "core.ignoreCase=false", "check-ignore",
         "-v", "-n", "-z", "--no-index", "--stdin"},
        in, out);
    std::ifstream file(out, std::ios::binary);
    std::vector<std::string> fields;
    for (std::string field; std::getline(file, field, '\0');) fields.push_back(field);
    std::vector<std::string> found;
    for (std::size_t i = 0; i + 3 < fields.size(); i += 4)
      found.push_back(fields[i].empty() ? ""
                                        : fmt::format("{}:{}:{}", fields[i], fields[i + 1], fields[i + 2]));
    return found;
  }

 private:
  static int run(const std::vector<std::string>& words, const std::string& in, const std::string& out) {
    std::vector<char*> argv;
    for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    posix_spawn_file_actions_t files{};
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, in.c_str(), O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    pid_t child = 0;
    int status = -1;
    if (posix_spawnp(&child, "git", &files, nullptr, argv.data(), environ) == 0) ::waitpid(child, &status, 0);
    posix_spawn_file_actions_destroy(&files);
    return status;
  }

  fs::path at_;
};

// Short alphabets, so that patterns and paths meet.
class lottery {
 public:
  explicit lottery(unsigned from) : random_(from) {}
  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }

  std::string pattern() {
    static constexpr auto pieces = std::to_array<std::string_view>(
        {"a",           "b",          "c",    "ab",  "/",      "/",    "*",     "*",       "**",
         "**/",         "/**",        "/**/", "?",   "[ab]",   "[!a]", "[a-c]", "[]a]",    "[a",
         "[[:alpha:]]", "[[:none:]]", "[[:]", "\\",  "\\a",    "\\*",  " ",     "\\ ",     "!",
         "#",           ".",          "\\/",  "***", "[\\]a]", "[a-",  "[^b]",  "\xC3\xA9"});
    std::string out = below(6) == 0 ? "!" : "";
    const auto count = 1 + below(6);
    for (std::size_t i = 0; i < count; ++i) out += pieces[below(pieces.size())];
    if (below(5) == 0) out += '/';
    if (below(20) == 0) out += "  ";
    return out;
  }

  std::string name() {
    static constexpr auto names =
        std::to_array<std::string_view>({"a", "b", "c", "ab", "ba", "abc", "a.b", "*", "[a", "a b",
                                         "\xC3\xA9", "]", "aab", "!a", "#a", "\\", "a "});
    return std::string(names[below(names.size())]);
  }

 private:
  std::mt19937 random_;
};

TEST(ignore, every_answer_is_that_of_git) {
  if (!git::present()) GTEST_SKIP() << "no git here";
  const test_dir dir;
  lottery draw(seed);
  constexpr int trees = 40;
  constexpr std::size_t lines = 8;
  constexpr std::size_t leaves = 40;
  for (int number = 0; number < trees; ++number) {
    SCOPED_TRACE(fmt::format("seed {} tree {}", seed, number));
    const auto root = dir.path() / std::to_string(number);
    fs::create_directory(root);
    std::set<std::string> directories{""};
    for (std::size_t i = 0; i < leaves; ++i) {
      auto parent =
          *std::next(directories.begin(), static_cast<std::ptrdiff_t>(draw.below(directories.size())));
      const auto path = parent + draw.name();
      if (fs::symlink_status(root / path).type() != fs::file_type::not_found) continue;
      if (draw.below(2) == 0 && std::ranges::count(path, '/') < 4) {
        fs::create_directory(root / path);
        directories.insert(path + '/');
      } else {
        write(root / path, "");
      }
    }
    std::vector<std::string> paths;
    for (const auto& entry : fs::recursive_directory_iterator(root))
      paths.push_back(entry.path().lexically_relative(root));
    for (const auto& directory : directories) {
      if (!directory.empty() && draw.below(3) != 0) continue;
      std::string text;
      for (std::size_t i = 0; i < lines; ++i) text += draw.pattern() + (draw.below(10) == 0 ? "\r\n" : "\n");
      write(root / (directory + ".gitignore"), text);
      write(root / (directory + ".meshignore"), text);
    }
    const auto expected = git(root).answers(paths);
    ASSERT_EQ(expected.size(), paths.size());
    for (std::size_t i = 0; i < paths.size(); ++i) {
      const auto verdict = explain_ignored(root, paths[i]);
      ASSERT_TRUE(verdict.has_value()) << paths[i];
      std::string own;
      if (*verdict) {
        own = fmt::format("{}:{}:{}", (*verdict)->file, (*verdict)->line, (*verdict)->pattern);
        own.replace(own.find(".mesh"), 5, ".git");
      }
      EXPECT_EQ(own, expected[i]) << paths[i];
    }
  }
}

}  // namespace
}  // namespace mesh::share
