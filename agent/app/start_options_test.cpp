#include "agent/app/start_options.hpp"

#include "agent/app/texts.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

class start_options : public testing::Test {
 protected:
  void SetUp() override {
    text::add(command_texts());
    text::set_language(text::language::en);
  }
  void TearDown() override { text::set_language(text::language::en); }

  static config::environment variables(std::map<std::string, std::string> set) {
    return [set = std::move(set)](const std::string& name) -> std::optional<std::string> {
      const auto at = set.find(name);
      return at == set.end() ? std::nullopt : std::optional(at->second);
    };
  }
};

TEST_F(start_options, what_a_daemon_reads_only_when_it_starts_cannot_be_given_to_one_that_runs) {
  struct row {
    std::string_view verb, key, origin;
    bool refused;
  };
  const std::vector<row> table{
      {"send", "cc", "--cc", true},
      {"receive", "download_dir", "--download-dir", true},
      {"status", "server_url", "--server-url", true},
      {"login", "server_url", "--server-url", false},
      {"enroll", "server_url", "--server-url", false},
      {"login", "device_id", "--device-id", true},
      {"send", "cc", "MESH_CC", false},
      {"send", "cc", "/home/ana/agent.toml:3", false},
  };
  config::agent_config config;
  config.file = "/home/ana/agent.toml";
  for (const auto& r : table) {
    config::settings given;
    given.emplace(r.key, config::setting{secret(std::string("cubic")), std::string(r.origin)});
    const auto heard = refuse_start_options(given, r.verb, config);
    ASSERT_EQ(heard.has_value(), !r.refused) << r.verb << " " << r.origin;
    if (heard) continue;
    EXPECT_EQ(heard.error().code, errc::usage);
    EXPECT_NE(heard.error().detail.find(r.origin), std::string::npos);
    EXPECT_NE(heard.error().detail.find(config.file.string()), std::string::npos);
  }
}

// The daemon was started with cc = cubic, a token and no name; it is signed in elsewhere.
TEST_F(start_options, a_variable_is_refused_when_it_says_otherwise_than_what_the_daemon_goes_by) {
  struct row {
    std::string_view verb, variable, value;
    bool refused;
  };
  const std::vector<row> table{
      {"send", "MESH_CC", "bbr", true},
      {"send", "MESH_CC", "auto", true},
      {"send", "MESH_CC", "cubic", false},
      {"stop", "MESH_CC", "bbr", false},
      {"status", "MESH_RECEIVE", "ask", false},
      {"status", "MESH_RECEIVE", "never", true},
      {"status", "MESH_SERVER_URL", "https://mesh.example/", false},
      {"status", "MESH_WS_URL", "wss://mesh.example/ws", false},
      {"status", "MESH_SERVER_URL", "https://other.example", true},
      {"login", "MESH_SERVER_URL", "https://other.example", false},
      {"login", "MESH_CC", "bbr", true},
      {"rooms", "MESH_DEVICE_ID", "ana-laptop-k7q2", false},
      {"rooms", "MESH_DEVICE_ID", "ben-laptop", true},
      {"rooms", "MESH_AUTH_TOKEN", "one", false},
      {"rooms", "MESH_AUTH_TOKEN", "two", true},
  };
  config::agent_config config;
  config.file = "/home/ana/agent.toml";
  config.cc = config::congestion_mode::cubic;
  config.server = *config::parse_url("http://localhost:8000");
  config.auth_token = secret(std::string("one"));
  const auto running = in_force(config, "ana-laptop-k7q2", "https://mesh.example");
  for (const auto& value : running.values)
    EXPECT_TRUE(value.key != "auth_token" || value.value.find("one") == std::string::npos);
  for (const auto& r : table) {
    const auto set = variables({{std::string(r.variable), std::string(r.value)}});
    const auto given = config::from_environment(set);
    const auto here = config::resolve(given, set);
    ASSERT_TRUE(here.has_value()) << r.variable;
    const auto heard = refuse_other_settings(given, r.verb, std::nullopt, *here, running);
    ASSERT_EQ(heard.has_value(), !r.refused) << r.verb << " " << r.variable << "=" << r.value;
    if (heard) continue;
    EXPECT_EQ(heard.error().code, errc::usage);
    EXPECT_NE(heard.error().detail.find("unset " + std::string(r.variable)), std::string::npos);
    EXPECT_EQ(heard.error().detail.find(r.value), std::string::npos) << "a token must not be shown";
  }
}

TEST_F(start_options, another_file_than_the_daemons_is_refused_whatever_it_is_called) {
  const std::filesystem::path folder = testing::TempDir() + "start_options";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "agent.toml") << "cc = \"cubic\"\n";
  std::ofstream(folder / "other.toml") << "cc = \"cubic\"\n";
  std::filesystem::create_symlink("agent.toml", folder / "link.toml");
  config::agent_config config;
  config.file = folder / "agent.toml";
  config.server = *config::parse_url("http://localhost:8000");
  const auto running = in_force(config, "device-a", "http://localhost:8000");
  const auto ask = [&](std::string_view verb, const std::string& file) {
    return refuse_other_settings({}, verb, folder / file, config, running);
  };
  EXPECT_TRUE(ask("send", "agent.toml").has_value());
  EXPECT_TRUE(ask("send", "./link.toml").has_value());
  for (const auto* verb : {"send", "stop"}) {
    const auto heard = ask(verb, "other.toml");
    ASSERT_FALSE(heard.has_value()) << verb;
    EXPECT_EQ(heard.error().code, errc::usage);
    EXPECT_NE(heard.error().detail.find(running.file), std::string::npos);
    EXPECT_NE(heard.error().detail.find("mesh-agent --config " + (folder / "other.toml").string() + " run"),
              std::string::npos);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace mesh::app
