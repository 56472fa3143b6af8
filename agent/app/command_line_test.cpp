#include "agent/app/command_line.hpp"

#include "agent/app/completion.hpp"
#include "agent/app/exit_codes.hpp"
#include "agent/app/texts.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

class command_line : public testing::Test {
 protected:
  void SetUp() override {
    text::add(help_texts());
    text::add(command_texts());
    text::set_language(text::language::en);
  }

  static result<invocation> parse(std::vector<std::string> args) {
    auto parsed = parse_command_line(args);
    if (!parsed) return pass(parsed);
    if (auto* asked = std::get_if<invocation>(&*parsed)) return std::move(*asked);
    return fail(errc::internal, "a text");
  }
  static std::string help(std::vector<std::string> args) {
    args.emplace_back("--help");
    auto parsed = parse_command_line(args);
    const auto* text = parsed ? std::get_if<print_text>(&*parsed) : nullptr;
    return text == nullptr ? std::string() : text->text;
  }
};

TEST_F(command_line, without_a_verb_means_run) {
  EXPECT_EQ(parse({})->verb, "run");
  EXPECT_EQ(parse({"run"})->verb, "run");
  EXPECT_EQ(parse({"--quic-port", "5000"})->verb, "run");
}

TEST_F(command_line, knows_send_file_with_exactly_its_flags) {
  const auto asked = parse({"send-file", "--session-id", "ses_1", "--peer-addr", "10.0.0.2:5000", "--token",
                            "abc.def", "--file", "/tmp/x"});
  ASSERT_TRUE(asked) << asked.error().detail;
  EXPECT_EQ(asked->verb, "send-file");
  EXPECT_EQ(asked->session_id, "ses_1");
  EXPECT_EQ(asked->peer_address, "10.0.0.2:5000");
  EXPECT_EQ(asked->token.reveal(), "abc.def");
  EXPECT_EQ(asked->file, "/tmp/x");
  EXPECT_EQ(parse({"send-file", "--session-id", "s", "--peer-addr", "a", "--token", "-", "--file", "f"})
                ->token.reveal(),
            "-");
  EXPECT_TRUE(parse({"send-file", "--session-id", "s", "--peer-addr", "a", "--file", "f"}))
      << "MESH_TOKEN may hold it";
}

TEST_F(command_line, says_what_is_missing_or_unknown) {
  const std::vector<std::vector<std::string>> wrong = {
      {"send-file", "--session-id", "s", "--peer-addr", "a", "--token", "t"},
      {"send", "file"},
      {"send", "--to", "bob"},
      {"send-file", "--colour", "blue"},
      {"fly"},
      {"receive", "--once", "--keep"},
      {"receive", "--count", "0"},
      {"receive", "--accept", "everything"},
      {"login", "--password-stdin"},
      {"completion", "tcsh"},
      {"debug"},
      {"debug", "calculate_speed", "1"},
  };
  for (const auto& args : wrong) {
    const auto asked = parse(args);
    ASSERT_FALSE(asked) << args.front();
    EXPECT_EQ(asked.error().code, errc::usage);
    EXPECT_FALSE(asked.error().detail.empty());
  }
}

TEST_F(command_line, says_in_both_languages_what_is_wrong_and_what_was_perhaps_meant) {
  const struct {
    std::vector<std::string> args;
    const char* en;
    const char* fr;
    const char* command;
  } table[] = {
      {{"sned", "file"},
       R"(there is no command "sned", perhaps send was meant)",
       "il n'y a pas de commande « sned », peut-être vouliez-vous send",
       ""},
      {{"fly"}, R"(there is no command "fly")", "il n'y a pas de commande « fly »", ""},
      {{"--hepl"},
       "there is no option --hepl, perhaps --help was meant",
       "il n'y a pas d'option --hepl, peut-être vouliez-vous --help",
       ""},
      {{"terminal", "veiw"},
       R"(there is no command "veiw", perhaps view was meant)",
       "il n'y a pas de commande « veiw », peut-être vouliez-vous view",
       "terminal"},
      {{"config"}, "one of these is missing: check", "il manque l'un de ceux-ci : check", "config"},
      {{"terminal", "replay"}, "FILE is missing", "il manque FILE", "terminal replay"},
      {{"send", "x"}, "--to is missing", "il manque --to", "send"},
      {{"send", "--to", "ben"}, "PATH or --text is missing", "il manque PATH ou --text", "send"},
      {{"send", "x", "--to"}, "--to needs a value", "--to demande une valeur", "send"},
      {{"status", "now"}, R"("now" is one word too many)", "« now » est de trop", "status"},
      {{"login", "--password-stdin"},
       "--password-stdin needs --user",
       "--password-stdin demande --user",
       "login"},
      {{"receive", "--accept", "sometimes"},
       "--accept is one of own, all, ask, not sometimes",
       "--accept est l'un de own, all, ask, pas sometimes",
       "receive"},
      {{"ping", "ben", "--count", "0"},
       "--count goes from 1 to 1000000; 0 does not",
       "--count va de 1 à 1000000 ; 0 n'en est pas",
       "ping"},
      {{"ping", "ben", "--interval", "5000"},
       "--interval goes from 0.001 to 3600; 5000 does not",
       "--interval va de 0.001 à 3600 ; 5000 n'en est pas",
       "ping"},
      {{"terminal", "replay", "FILE", "--speed", "fast"},
       "--speed goes from 0.125 to 64; fast does not",
       "--speed va de 0.125 à 64 ; fast n'en est pas",
       "terminal replay"},
      {{"debug", "calculate_speed", "1"},
       "NUMBERS: 2 values are needed, 1 came",
       "NUMBERS : il faut 2 valeurs, 1 est venue",
       "debug calculate_speed"},
      {{"terminal", "allow", "--once", "--minutes", "5"},
       "--once and --minutes exclude each other",
       "--once et --minutes s'excluent",
       "terminal allow"},
  };
  for (const auto& one : table) {
    for (const auto& [language, words] :
         {std::pair(text::language::en, one.en), std::pair(text::language::fr, one.fr)}) {
      text::set_language(language);
      const auto asked = parse(one.args);
      ASSERT_FALSE(asked) << one.en;
      EXPECT_EQ(asked.error().detail, words);
      EXPECT_EQ(asked.error().field, one.command) << one.en;
    }
  }
  text::set_language(text::language::en);
}

TEST_F(command_line, says_that_a_later_verb_does_not_exist_yet) {
  EXPECT_EQ(parse({"tunnel", "--cols", "80"}).error().code, errc::kind_unknown);
  EXPECT_EQ(parse({"sync"}).error().code, errc::kind_unknown);
}

TEST_F(command_line, reads_how_a_terminal_is_shared) {
  const auto direct = parse({"share-terminal", "--session-id", "ses_1", "--peer-addr", "10.0.0.1:5000",
                             "--token", "t", "--cols", "120", "--rows", "40"});
  ASSERT_TRUE(direct) << direct.error().detail;
  EXPECT_EQ(direct->cols, 120);
  EXPECT_EQ(direct->rows, 40);
  EXPECT_EQ(
      parse({"share-terminal", "--session-id", "s", "--peer-addr", "a:1", "--cols", "0", "--rows", "40"})
          .error()
          .code,
      errc::usage);
  const auto share = parse({"terminal", "share", "--to", "desk", "--cmd", "htop", "--detach"});
  ASSERT_TRUE(share) << share.error().detail;
  EXPECT_EQ(share->verb, "terminal share");
  EXPECT_EQ(share->command, "htop");
  EXPECT_TRUE(share->detach);
  EXPECT_EQ(parse({"terminal", "allow", "--once", "--minutes", "5"}).error().code, errc::usage);
  EXPECT_EQ(parse({"terminal"}).error().code, errc::usage);
}

TEST_F(command_line, takes_configuration_flags_before_and_after_the_verb) {
  for (const auto& args : {std::vector<std::string>{"--device-id", "laptop", "status", "--json"},
                           std::vector<std::string>{"status", "--json", "--device-id", "laptop"}}) {
    const auto asked = parse(args);
    ASSERT_TRUE(asked) << asked.error().detail;
    EXPECT_EQ(asked->verb, "status");
    EXPECT_TRUE(asked->json);
    EXPECT_EQ(asked->flags.at("device_id").text.reveal(), "laptop");
    EXPECT_EQ(asked->flags.at("device_id").origin, "--device-id");
  }
}

TEST_F(command_line, reads_the_other_verbs) {
  EXPECT_EQ(parse({"devices"})->verb, "devices list");
  EXPECT_EQ(parse({"devices", "verify", "bob-pc"})->to, "bob-pc");
  EXPECT_EQ(parse({"transfers"})->verb, "transfers");
  EXPECT_EQ(parse({"transfers", "refuse", "3"})->transfer, "3");
  EXPECT_EQ(parse({"send", "a", "b", "--to", "bob"})->paths, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(parse({"chat", "Atelier", "hello", "there"})->words,
            (std::vector<std::string>{"hello", "there"}));
  EXPECT_EQ(parse({"enroll", "ABCD-EFGH"})->code, "ABCD-EFGH");
  EXPECT_EQ(parse({"debug", "calculate_speed", "5", "2.5"})->values, (std::vector<std::string>{"5", "2.5"}));
}

TEST_F(command_line, helps_with_every_verb_in_both_languages_and_hides_what_does_not_exist) {
  for (const auto language : {text::language::en, text::language::fr}) {
    text::set_language(language);
    for (const auto& command : known_commands()) {
      std::vector<std::string> args;
      for (std::string_view rest = command.verb; !rest.empty();) {
        const auto space = rest.find(' ');
        args.emplace_back(rest.substr(0, space));
        rest = space == std::string_view::npos ? "" : rest.substr(space + 1);
      }
      const auto text = help(args);
      EXPECT_FALSE(text.empty()) << command.verb;
      EXPECT_FALSE(text.contains("cli.")) << command.verb << " has no text in one language:\n" << text;
      EXPECT_FALSE(text.contains("tunnel"));
      for (const auto& option : command.options)
        EXPECT_TRUE(text.contains(option)) << command.verb << " " << option;
    }
  }
}

TEST_F(command_line, has_texts_with_the_same_placeholders_in_both_languages) {
  EXPECT_EQ(text::check(help_texts()), std::vector<std::string>());
  EXPECT_EQ(text::check(command_texts()), std::vector<std::string>());
}

TEST_F(command_line, is_completed_by_scripts_that_shells_accept) {
  const auto commands = known_commands();
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    const auto script = completion_script(shell, commands);
    ASSERT_TRUE(script);
    for (const auto& command : commands)
      for (const auto& option : command.options)
        EXPECT_TRUE(script->contains(option.substr(2))) << shell << option;
  }
  EXPECT_EQ(completion_script("tcsh", commands).error().code, errc::usage);
  // bash is on every machine that builds this; the others are read only.
  auto* checker = ::popen("bash -n", "w");
  ASSERT_NE(checker, nullptr);
  const auto script = *completion_script("bash", commands);
  std::fwrite(script.data(), 1, script.size(), checker);
  EXPECT_EQ(::pclose(checker), 0);
}

TEST_F(command_line, completes_verbs_and_options_in_bash) {
  const auto try_it =
      *completion_script("bash", known_commands()) +
      "\nCOMP_WORDS=(mesh-agent devices ver); COMP_CWORD=2; _mesh_agent; echo \"${COMPREPLY[@]}\"\n"
      "COMP_WORDS=(mesh-agent send --t); COMP_CWORD=2; _mesh_agent; echo \"${COMPREPLY[@]}\"\n";
  const std::string file = testing::TempDir() + "mesh_completion.bash";
  std::ofstream(file) << try_it;
  auto* shell = ::popen(("bash " + file).c_str(), "r");
  std::string said(200, '\0');
  said.resize(std::fread(said.data(), 1, said.size(), shell));
  EXPECT_EQ(::pclose(shell), 0);
  std::remove(file.c_str());
  EXPECT_EQ(said, "verify\n--to --text\n");
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_F(command_line, is_described_by_the_manual_page) {
  auto page = read_file(MESH_SOURCE_DIR "/docs/man/mesh-agent.1");
  ASSERT_FALSE(page.empty());
  // roff writes a hyphen that is typed as \-
  for (std::size_t at = 0; (at = page.find("\\-", at)) != std::string::npos;) page.replace(at, 2, "-");
  for (const auto& command : known_commands()) {
    EXPECT_TRUE(page.contains(command.verb)) << command.verb << " is not in mesh-agent.1";
    for (const auto& option : command.options)
      EXPECT_TRUE(page.contains(option)) << command.verb << " " << option;
  }
  const auto settings = read_file(MESH_SOURCE_DIR "/docs/man/mesh-agent.toml.5");
  for (const auto& key : config::setting_keys()) EXPECT_TRUE(settings.contains(key.name)) << key.name;
}

TEST(exit_codes, tell_scripts_what_to_do) {
  const std::pair<errc, exit_code> table[] = {
      {errc::usage, exit_code::usage},
      {errc::config_unknown_key, exit_code::usage},
      {errc::not_logged_in, exit_code::not_signed_in},
      {errc::server_unreachable, exit_code::unreachable},
      {errc::peer_offline, exit_code::peer_absent},
      {errc::peer_unknown, exit_code::peer_absent},
      {errc::timed_out, exit_code::peer_absent},
      {errc::not_found, exit_code::failure},
      {errc::terminal_unknown, exit_code::failure},
      {errc::file_unreadable, exit_code::local_file},
      {errc::denied, exit_code::refused},
      {errc::token_replayed, exit_code::refused},
      {errc::hash_mismatch, exit_code::damaged},
      {errc::disk_full, exit_code::local_file},
      {errc::canceled, exit_code::interrupted},
      {errc::internal, exit_code::failure},
  };
  for (const auto& [code, expected] : table) EXPECT_EQ(exit_code_of(code), expected) << word(code);
}

}  // namespace
}  // namespace mesh::app
