#include "core/text/catalogue.hpp"
#include "core/text/error_texts.hpp"
#include "core/text/plural.hpp"

#include <cstdlib>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace mesh::text {
namespace {

// Sets the four variables for one test and puts the old values back.
class environment {
 public:
  environment(const char* mesh, const char* all, const char* messages, const char* lang) {
    const char* values[] = {mesh, all, messages, lang};
    for (int i = 0; i < 4; ++i) {
      if (const char* old = std::getenv(names[i])) old_[i] = old;
      values[i] == nullptr ? unsetenv(names[i]) : setenv(names[i], values[i], 1);
    }
  }
  ~environment() {
    for (int i = 0; i < 4; ++i) old_[i] ? setenv(names[i], old_[i]->c_str(), 1) : unsetenv(names[i]);
  }
  environment(const environment&) = delete;
  environment& operator=(const environment&) = delete;

 private:
  static constexpr const char* names[] = {"MESH_LANG", "LC_ALL", "LC_MESSAGES", "LANG"};
  std::optional<std::string> old_[4];
};

TEST(language, is_chosen_by_mesh_lang_then_the_locale) {
  struct row {
    const char *mesh, *all, *messages, *lang;
    language expected;
  };
  const row table[] = {
      {nullptr, nullptr, nullptr, nullptr, language::en},
      {"fr", "en_US.UTF-8", nullptr, nullptr, language::fr},
      {"en", "fr_FR.UTF-8", nullptr, nullptr, language::en},
      {"de", "fr_FR.UTF-8", nullptr, nullptr, language::fr},
      {nullptr, "fr_FR.UTF-8", "en_US", "en_US", language::fr},
      {nullptr, "", "fr_CA", "en_US", language::fr},
      {nullptr, nullptr, nullptr, "fr", language::fr},
      {nullptr, "C.UTF-8", "fr_FR", "fr_FR", language::en},
      {nullptr, nullptr, nullptr, "frisian", language::en},
  };
  for (const auto& r : table) {
    const environment set(r.mesh, r.all, r.messages, r.lang);
    EXPECT_EQ(language_from_environment(), r.expected);
  }
}

TEST(error_texts, word_every_code_in_both_languages) {
  const auto check_code = [](errc code) {
    const auto& words = texts_of(code);
    EXPECT_EQ(words.code, code) << word(code) << " has no wording";
    EXPECT_FALSE(words.cause_en.empty()) << word(code);
    EXPECT_FALSE(words.cause_fr.empty()) << word(code);
    EXPECT_EQ(words.next_en.empty(), words.next_fr.empty()) << word(code);
    for (const auto text : {words.cause_en, words.next_en, words.cause_fr, words.next_fr})
      EXPECT_FALSE(text.ends_with('.')) << word(code);
    for (const auto text : {words.cause_fr, words.next_fr})
      EXPECT_FALSE(breaks_french_spacing(text)) << word(code);
  };
#define X(name) check_code(errc::name);
  MESH_ERROR_CODES(X)
#undef X
}

TEST(french_spacing, is_broken_by_an_ordinary_space_at_a_mark) {
  for (const auto* broken :
       {"Voir : ceci", "Accepter ?", "oui ; non", "Non !", "« mot »", "« mot »", "«mot »"})
    EXPECT_TRUE(breaks_french_spacing(broken)) << broken;
  for (const auto* good : {"Voir : ceci", "Accepter ? [o/N]", "X-Mesh: 1", "IP:PORT", "« mot »", ""})
    EXPECT_FALSE(breaks_french_spacing(good)) << good;
}

TEST(error_texts, show_facts_and_make_hostile_ones_visible) {
  const error full{errc::disk_full, "/data: 5 GB are missing", {}};
  EXPECT_EQ(describe(full, language::en),
            "The disk is full: /data: 5 GB are missing. Free some space and send the file again.");
  EXPECT_EQ(
      describe(full, language::fr),
      "Le disque est plein\u00A0: /data: 5 GB are missing. Libérez de la place et renvoyez le fichier.");
  EXPECT_EQ(describe({errc::io, "\x1B[2J", {}}, language::en), "A system call failed: \\u{1B}[2J.");
}

constexpr entry sample[] = {{"t.hello", "Hello {0}, {1} new", "{1} nouveaux, bonjour {0}"}};

TEST(catalogue, fills_placeholders_in_each_languages_order) {
  add(sample);
  set_language(language::en);
  EXPECT_EQ(tr("t.hello", "Ana", 3), "Hello Ana, 3 new");
  set_language(language::fr);
  EXPECT_EQ(tr("t.hello", "Ana", 3), "3 nouveaux, bonjour Ana");
  set_language(language::en);
  EXPECT_EQ(find("t.unknown"), "t.unknown");
}

constexpr entry counted[] = {{"t.files", "{0} files of {1}", "{0} fichiers de {1}"},
                             {"t.files.one", "{0} file of {1}", "{0} fichier de {1}"}};

TEST(catalogue, takes_the_singular_for_one_and_in_french_for_none) {
  struct row {
    std::uint64_t count;
    std::string en, fr;
  };
  const row table[] = {{0, "0 files of Ana", "0 fichier de Ana"},
                       {1, "1 file of Ana", "1 fichier de Ana"},
                       {2, "2 files of Ana", "2 fichiers de Ana"}};
  add(counted);
  for (const auto& r : table) {
    set_language(language::en);
    EXPECT_EQ(tr_count("t.files", r.count, "Ana"), r.en);
    set_language(language::fr);
    EXPECT_EQ(tr_count("t.files", r.count, "Ana"), r.fr);
  }
  set_language(language::en);
}

TEST(catalogue, finds_what_is_wrong_with_a_table) {
  EXPECT_TRUE(check(sample).empty());
  constexpr entry bad[] = {{"a", "one {0}", "un"}, {"b", "", "x"}, {"b", "y", "y"}};
  EXPECT_EQ(check(bad).size(), 3U);
}

}  // namespace
}  // namespace mesh::text
