#include "core/text/details.hpp"

#include "core/text/catalogue.hpp"
#include "core/text/detail_texts.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include <gtest/gtest.h>

namespace mesh::text {
namespace {

TEST(details, that_are_sentences_of_ours_are_told_in_french) {
  struct row {
    std::string detail, french;
  };
  const row table[] = {
      {"nobody answered in time", "personne n'a répondu à temps"},
      {"30000000 bytes are needed, 0 can be stored", "il faut 30000000 octets, il y a de la place pour 0"},
      {"/home/ana/a.bin", "/home/ana/a.bin"},
      {"127.0.0.1:5000", "127.0.0.1:5000"},
      {R"(no room "Atelier 7")", "aucun salon «\u00A0Atelier 7\u00A0»"},
      {R"(no room "@")", "aucun salon «\u00A0@\u00A0»"},
      {R"(no room "a"b")", R"(no room "a"b")"},
      {"no room @", "no room @"},
      {"# bytes are needed, 7 can be stored", "# bytes are needed, 7 can be stored"},
      {"123456789012345678901 bytes are needed, 1 can be stored",
       "123456789012345678901 bytes are needed, 1 can be stored"},
      {"", ""},
  };
  for (const auto& r : table) {
    EXPECT_EQ(detail_in(r.detail, language::fr), r.french);
    EXPECT_EQ(detail_in(r.detail, language::en), r.detail);
  }
}

TEST(details, stand_in_the_sentence_of_their_error) {
  EXPECT_EQ(describe({errc::timed_out, "nobody answered in time", {}}, language::en).substr(0, 43),
            "No answer in time: nobody answered in time.");
  const auto french = describe({errc::disk_full, "10 bytes are needed, 7 can be stored", {}}, language::fr);
  EXPECT_NE(french.find("il faut 10 octets"), std::string::npos) << french;
  EXPECT_EQ(french.find("needed"), std::string::npos) << french;
}

TEST(details, have_as_many_numbers_in_both_languages_and_stand_once) {
  std::set<std::string_view> seen;
  for (const auto& d : detail_texts()) {
    for (const char mark : {'#', '@'})
      EXPECT_EQ(std::ranges::count(d.en, mark), std::ranges::count(d.fr, mark)) << d.en;
    EXPECT_TRUE(seen.insert(d.en).second) << d.en;
    EXPECT_FALSE(d.fr.empty());
    EXPECT_FALSE(breaks_french_spacing(d.fr)) << d.fr;
  }
}

// A sentence that was reworded where it is said would be told in English again, and nobody would notice.
TEST(details, are_said_by_the_program) {
  std::string sources;
  for (const auto* part : {MESH_SOURCE_DIR "/agent", MESH_SOURCE_DIR "/server"})
    for (const auto& entry : std::filesystem::recursive_directory_iterator(part)) {
      const auto name = entry.path().filename().string();
      if (!name.ends_with(".cpp") || name.ends_with("_test.cpp")) continue;
      std::ifstream file(entry.path());
      sources.append(std::istreambuf_iterator<char>(file), {});
    }
  ASSERT_GT(sources.size(), 1'000'000U / 4);
  // A number is filled in, or written as it is.
  const auto said = [&](const std::string& number, std::string_view sentence) {
    std::string literal = "\"";
    for (const char c : sentence)
      literal += c == '#' ? number : c == '@' ? "{}" : c == '"' ? "\\\"" : std::string(1, c);
    return sources.contains(literal + "\"");
  };
  for (const auto& d : detail_texts()) EXPECT_TRUE(said("{}", d.en) || said("64", d.en)) << d.en;
}

}  // namespace
}  // namespace mesh::text
