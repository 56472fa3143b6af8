#include "agent/terminal/secret_mask.hpp"

#include "core/base/limits.hpp"

#include <random>

#include <gtest/gtest.h>

namespace mesh::terminal {
namespace {

std::string hide(std::string_view text) {
  secret_mask mask(default_masks());
  return mask.hide(text);
}

TEST(secret_mask, hides_what_is_secret_and_nothing_else) {
  const struct {
    const char* name;
    std::string text;
    std::string seen;
  } cases[] = {
      {"plain text", "ls -l /home\r\n", "ls -l /home\r\n"},
      {"an AWS key", "id AKIAIOSFODNN7EXAMPLE end", "id AKIAIOSF************ end"},
      {"a word that begins like one", "ASIAN MARKET AKIA", "ASIAN MARKET AKIA"},
      {"a GitHub token", "ghp_abcDEF123 x", "ghp_********* x"},
      {"within a word it is none", "xghp_abc eyJ", "xghp_abc eyJ"},
      {"a JWT", "eyJhbGciOiJFZERTQSJ9.e30.c2ln\n", "eyJhbGciOiJ******************\n"},
      {"an assignment", "export DB_PASSWORD=hunter2 ls", "export DB_PASSWORD=******* ls"},
      {"further away than a value stands", "password:    x", "password:    x"},
      {"with quotes and blanks in them", "password: \"a b c\", next", "password: \"*****\", next"},
      {"in JSON", R"({"api_key":"abc","n":1})", R"({"api_key":"***","n":1})"},
      {"a header", "Authorization: Bearer abc.def\r\n", "Authorization: Bearer *******\r\n"},
      {"nothing behind it", "password:\r\nfine", "password:\r\nfine"},
      {"the word alone", "the password is long", "the password is long"},
      {"letters of several bytes", "token=h\xc3\xa9 \xc3\xa9", "token=** \xc3\xa9"},
      {"letters of two columns", "token=\xe6\x97\xa5x \xe6\x97\xa5", "token=*** \xe6\x97\xa5"},
      {"colours between its letters", "ghp_a\x1b[31mb\x1b[0m\x1b(Bc d", "ghp_*\x1b[31m*\x1b[0m\x1b(B* d"},
      {"the cursor goes elsewhere", "ghp_ab\x1b[5;1Hcd", "ghp_**\x1b[5;1Hcd"},
      {"a line that the shell wraps", "token=ab \rcd ef", "token=** \r** ef"},
      {"rubbed out and typed again", "token=abX\b \bc d", "token=***\b \b* d"},
      {"rubbed out by readline", "token=abX\b\x1b[Kc d", "token=***\b\x1b[K* d"},
      {"a private key",
       "-----BEGIN OPENSSH PRIVATE KEY-----\r\nb3Bl\r\nbnNz=\r\n-----END OPENSSH PRIVATE KEY-----\r\nok",
       "-----BEGIN OPENSSH PRIVATE KEY-----\r\n****\r\n*****\r\n-----END OPENSSH PRIVATE KEY-----\r\nok"},
      {"a public key", "-----BEGIN PUBLIC KEY-----\nb3Bl\n", "-----BEGIN PUBLIC KEY-----\nb3Bl\n"},
      {"a title", "\x1b]0;mysql --password=x1\a$ ", "\x1b]0;mysql --password=**\a$ "},
      {"a title that ends with ST", "\x1b]2;token=x1\x1b\\token=x", "\x1b]2;token=**\x1b\\token=*"},
      {"a link stays whole", "\x1b]8;;http://h/?token=x1\x1b\\go\x1b]8;;\x1b\\",
       "\x1b]8;;http://h/?token=x1\x1b\\go\x1b]8;;\x1b\\"},
      {"a device string stays whole", "\x1bPtoken=x1\x1b\\", "\x1bPtoken=x1\x1b\\"},
  };
  for (const auto& one : cases) EXPECT_EQ(hide(one.text), one.seen) << one.name;
}

TEST(secret_mask, counts_secrets_not_letters) {
  secret_mask mask(default_masks());
  mask.hide("password=abc token=def\nghp_1");
  mask.hide("23");
  EXPECT_EQ(mask.hidden(), 3U);
}

TEST(secret_mask, words_of_a_person_are_hidden_too) {
  auto patterns = read_masks(std::vector<std::string>{"ACME_*", "my key is *"});
  ASSERT_TRUE(patterns);
  secret_mask mask(std::move(*patterns));
  EXPECT_EQ(mask.hide("ACME_12 and my key is abc, acme_12"), "ACME_** and my key is **** acme_12");
  for (const auto* bad : {"AC*", "*", "", "ACME", "AC\x1b*****"})
    EXPECT_EQ(read_masks(std::vector<std::string>{bad}).error().code, errc::field_invalid) << bad;
  EXPECT_FALSE(read_masks(std::vector<std::string>(limits::terminal_masks_max + 1, "ACME_*")));
  EXPECT_FALSE(read_masks(std::vector<std::string>{std::string(limits::terminal_mask_chars_max, 'a') + "*"}));
}

TEST(secret_mask, a_key_without_end_hides_no_more_than_a_key) {
  const auto seen = hide("-----BEGIN PRIVATE KEY-----\n" + std::string(70'000, 'a') + "after");
  EXPECT_TRUE(seen.ends_with("after"));
}

// Whatever the pieces in which a text comes, the same leaves; no planted secret does; escapes pass whole.
TEST(secret_mask, is_the_same_for_every_way_to_cut_the_text) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto below = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  const std::vector<std::string> pieces{"word ",
                                        "\r\n",
                                        "\x1b[1;31m",
                                        "\x1b[2J",
                                        "\x1b]0;title\a",
                                        "password=",
                                        "token: ",
                                        "ghp_",
                                        "\xc3\xa9 ",
                                        "-----BEGIN PRIVATE KEY-----\n",
                                        "-----END ",
                                        "\b \b",
                                        "\x1b]8;;u\x1b\\",
                                        "eyJhbGciOiJ",
                                        " \r",
                                        "\x1b",
                                        "\""};
  const std::string planted = "S3cr3tS3cr3t";
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (std::size_t i = below(30); i > 0; --i) text += pieces[below(pieces.size())];
    text += "\x1b\\\n password=" + planted + "\n";
    const auto whole = hide(text);
    EXPECT_FALSE(whole.contains(planted));
    secret_mask mask(default_masks());
    std::string cut;
    for (std::size_t at = 0; at < text.size();) {
      const auto length = std::min(text.size() - at, 1 + below(7));
      cut += mask.hide(std::string_view(text).substr(at, length));
      at += length;
    }
    EXPECT_EQ(cut, whole);
  }
}

}  // namespace
}  // namespace mesh::terminal
