#include "agent/share/safe_name.hpp"

#include "core/base/escape.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mesh::share {
namespace {

using namespace std::string_literals;

TEST(safe_name, refuses_what_only_an_attacker_sends) {
  for (const std::string& evil : std::vector<std::string>{"",
                                                          ".",
                                                          "..",
                                                          "...",
                                                          "....",
                                                          " ",
                                                          "   ",
                                                          ". .",
                                                          " . ",
                                                          " .. ",
                                                          "/",
                                                          "//",
                                                          "/etc/passwd",
                                                          "../x",
                                                          "../../etc/passwd",
                                                          "a/b",
                                                          "a/",
                                                          "./a",
                                                          "a/../b",
                                                          "..//..",
                                                          "~/x",
                                                          "/dev/null",
                                                          "/proc/self/mem",
                                                          "x\0.txt"s,
                                                          "\0"s,
                                                          "a\0/../b"s,
                                                          "\xff",
                                                          "a\xc0\xaf"
                                                          "b",
                                                          "\xe0\x80\xaf",
                                                          "\xed\xa0\x80",
                                                          "\xf5\x80\x80\x80",
                                                          "abc\xe2\x82"}) {
    const auto name = safe_name(evil);
    ASSERT_FALSE(name.has_value()) << escape_controls(evil) << " became " << *name;
    EXPECT_EQ(name.error().code, errc::name_unsafe);
    EXPECT_EQ(name.error().field, "name");
  }
}

struct renamed {
  std::string wanted, expected;
};

TEST(safe_name, renames_what_would_be_dangerous_somewhere) {
  for (const auto& [wanted, expected] : std::vector<renamed>{
           {"..\\..\\windows\\system32\\x.dll", "_.._.._windows_system32_x.dll"},
           {"C:\\x", "C:_x"},
           {"\\\\server\\share", "__server_share"},
           {"a\nb", "a_b"},
           {"a\r\nb", "a__b"},
           {"\x1b[2Jx", "_[2Jx"},
           {"\x07"
            "bell",
            "_bell"},
           {"tab\tname", "tab_name"},
           {"del\x7f", "del_"},
           {"c1\xc2\x9b"
            "31m",
            "c1_31m"},
           {"photo\xe2\x80\xaegpj.exe", "photo_gpj.exe"},  // right-to-left override
           {"\xe2\x80\xab"
            "x",
            "_x"},
           {"a\xe2\x81\xa6"
            "b\xe2\x81\xa9",
            "a_b_"},
           {"\xd8\x9cx", "_x"},
           {"\xe2\x80\x8f"
            "x",
            "_x"},
           {"zero\xe2\x80\x8bwidth", "zero_width"},
           {"\xef\xbb\xbf"
            "bom",
            "_bom"},
           {"soft\xc2\xadhyphen", "soft_hyphen"},
           {"line\xe2\x80\xa8separator", "line_separator"},
           {"tag\xf3\xa0\x81\xa1", "tag_"},
           {".bashrc", "_.bashrc"},
           {".ssh", "_.ssh"},
           {"..hidden", "_..hidden"},
           {"-rf", "_-rf"},
           {"--help", "_--help"},
           {" leading.txt", "leading.txt"},
           {"trailing ", "trailing"},
           {"trailing.", "trailing"},
           {"trailing. . .", "trailing"},
           {"x.txt...", "x.txt"},
           {"a.bin.part.journal", "a.bin.part.journa_"},
           {"A.PART.JOURNAL", "A.PART.JOURNA_"},
           {"CON", "CON_"},
           {"con", "con_"},
           {"Aux.txt", "Aux_.txt"},
           {"nul.tar.gz", "nul_.tar.gz"},
           {"NUL .txt", "NUL _.txt"},
           {"prn.", "prn_"},
           {"COM1", "COM1_"},
           {"com9.log", "com9_.log"},
           {"COM0", "COM0_"},
           {"LPT3.txt", "LPT3_.txt"},
           {"com\xc2\xb9", "com\xc2\xb9_"},
           {"conin$", "conin$_"},
           {"CONOUT$", "CONOUT$_"},
       }) {
    const auto name = safe_name(wanted);
    ASSERT_TRUE(name.has_value()) << escape_controls(wanted);
    EXPECT_EQ(*name, expected) << escape_controls(wanted);
    EXPECT_EQ(safe_name(*name).value(), *name) << "a harmless name stays as it is";
  }
}

TEST(safe_name, leaves_honest_names_alone) {
  for (const std::string& name :
       std::vector<std::string>{"a",
                                "report.pdf",
                                "archive.tar.gz",
                                "Ünïcödé.txt",
                                "日本語.txt",
                                "two words.doc",
                                "a'b\"c.txt",
                                "12:30 notes?.md",
                                "console.log",
                                "comet",
                                "com10",
                                "nullable.c",
                                "x.part",
                                "$HOME",
                                "`ls`",
                                "%00",
                                "a..b",
                                "a.b.c.d",
                                "#1",
                                "~backup",
                                "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae\xd9\x88\xd8\xa7\xd9\x87\xd9\x85.txt"})
    EXPECT_EQ(safe_name(name).value_or("refused"), name);
}

TEST(safe_name, cuts_long_names_on_a_character_and_keeps_the_extension) {
  const auto plain = safe_name(std::string(300, 'a') + ".tar.gz").value();
  EXPECT_EQ(plain, std::string(248, 'a') + ".tar.gz");
  std::string wide;
  for (int i = 0; i < 100; ++i) wide += "語";
  const auto cut = safe_name(wide + ".txt").value();
  EXPECT_LE(cut.size(), 255U);
  EXPECT_GT(cut.size(), 251U - 3U);
  EXPECT_TRUE(valid_utf8(cut));
  EXPECT_TRUE(cut.ends_with(".txt"));
  EXPECT_EQ(safe_name("x." + std::string(300, 'e')).value().size(), 255U);
  EXPECT_EQ(safe_name(std::string(65'000, 'a')).value().size(), 255U);
}

TEST(safe_name, a_cut_does_not_bring_back_what_was_removed) {
  // The 255th byte would be a dot or a space at the end.
  for (const char last : {'.', ' '}) {
    const auto name = safe_name(std::string(254, 'a') + last + std::string(100, 'b')).value();
    EXPECT_LE(name.size(), 255U);
    EXPECT_EQ(safe_name(name).value(), name) << name;
  }
}

TEST(offered_name, is_always_utf8) {
  EXPECT_EQ(offered_name("plain.txt"), "plain.txt");
  EXPECT_EQ(offered_name("a\xff"
                         "b"),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(offered_name("é"), "é");
  EXPECT_EQ(offered_name("\xe2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(numbered_name, stands_before_the_extension) {
  EXPECT_EQ(numbered_name("photo.jpg", 1), "photo (1).jpg");
  EXPECT_EQ(numbered_name("archive.tar.gz", 12), "archive (12).tar.gz");
  EXPECT_EQ(numbered_name("README", 2), "README (2)");
  EXPECT_EQ(numbered_name(std::string(251, 'a') + ".txt", 3), std::string(247, 'a') + " (3).txt");
}

TEST(part_name, fits_into_a_directory_with_its_number_and_its_journal) {
  EXPECT_EQ(part_name("photo.jpg"), "photo.jpg.part");
  EXPECT_EQ(part_name("photo.jpg", 3), "photo.jpg (3).part");
  const std::string longest(255, 'a');
  const auto first = part_name(longest), last = part_name(longest, numbered_names_max - 1);
  EXPECT_TRUE(first.ends_with("a.part"));
  EXPECT_TRUE(last.ends_with("a (9999).part"));
  EXPECT_EQ(journal_name(last), last + ".journal");
  EXPECT_EQ(journal_name(last).size(), 255U);
  EXPECT_NE(journal_name(first), journal_name(last));
}

TEST(fold_case, is_equal_for_names_that_differ_in_case_only) {
  for (const auto& [a, b] : std::vector<renamed>{{"README", "readme"},
                                                 {"ÜBER", "über"},
                                                 {"Ärger.TXT", "ärger.txt"},
                                                 {"ŠKODA", "škoda"},
                                                 {"Ž", "ž"},
                                                 {"Ÿ", "ÿ"},
                                                 {"ΑΘΗΝΑΣ", "αθηνας"},
                                                 {"Ώ", "ώ"},
                                                 {"МОСКВА", "москва"},
                                                 {"ЁЖ", "ёж"},
                                                 {"Ḉ", "ḉ"},
                                                 {"Straße", "STRASSE"},
                                                 {"e\xCC\x81t\xC3\xA9", "\xC3\xA9te\xCC\x81"}})
    EXPECT_EQ(fold_case(a), fold_case(b)) << a;
  EXPECT_NE(fold_case("a"), fold_case("b"));
  EXPECT_EQ(fold_case("\xff"
                      "A"),
            "\xff"
            "a");
}

TEST(free_name, is_the_first_that_nobody_has) {
  EXPECT_EQ(free_name("a.txt", {}), "a.txt");
  EXPECT_EQ(free_name("A.txt", {"a.txt"}), "A (1).txt");
  EXPECT_EQ(free_name("a.txt", {"a.txt", "a (1).txt"}), "a (2).txt");
}

}  // namespace
}  // namespace mesh::share
