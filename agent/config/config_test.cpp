#include "agent/config/agent_config.hpp"
#include "agent/config/settings.hpp"
#include "core/base/test_dir.hpp"

#include <cstdio>
#include <fstream>
#include <map>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace mesh::config {
namespace {

environment variables(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto at = values.find(name);
    return at == values.end() ? std::nullopt : std::optional(at->second);
  };
}

settings flags(std::initializer_list<std::pair<const char*, const char*>> list) {
  settings out;
  for (const auto& [key, text] : list) out.insert_or_assign(key, setting{secret(text), flag_name(key)});
  return out;
}

TEST(toml_file, names_file_line_and_key_of_what_is_wrong) {
  struct row {
    const char* text;
    errc code;
    const char* detail;
    const char* field;
  };
  const row table[] = {
      {"server_url = 'http://a'\nserver_ulr = 'x'\n", errc::config_unknown_key, "agent.toml:2: server_ulr",
       "server_ulr"},
      {"\n\n[agent]\nquic_port = 1\n", errc::config_unknown_key, "agent.toml:3: agent", "agent"},
      {"quic_port = \"5000\"", errc::config_type, "agent.toml:1: quic_port must be an integer, and is a text",
       "quic_port"},
      {"quic_port = 5000.5", errc::config_type,
       "agent.toml:1: quic_port must be an integer, and is a fraction", "quic_port"},
      {"\ndevice_id = 5", errc::config_type,
       "agent.toml:2: device_id must be a text in quotes, and is an integer", "device_id"},
      {"receive = true", errc::config_type,
       "agent.toml:1: receive must be a text in quotes, and is true or false", "receive"},
      {"ws_url = ['a']", errc::config_type, "agent.toml:1: ws_url must be a text in quotes, and is a list",
       "ws_url"},
  };
  for (const auto& r : table) {
    const auto parsed = parse_toml(r.text, "agent.toml");
    ASSERT_FALSE(parsed) << r.text;
    EXPECT_EQ(parsed.error().code, r.code) << r.text;
    EXPECT_EQ(parsed.error().detail, r.detail);
    EXPECT_EQ(parsed.error().field, r.field);
  }
}

TEST(toml_file, says_the_line_of_a_syntax_error) {
  const auto parsed = parse_toml("device_id = \"a\"\nquic_port 5000\n", "agent.toml");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, errc::config_syntax);
  EXPECT_TRUE(parsed.error().detail.starts_with("agent.toml:2: ")) << parsed.error().detail;
  EXPECT_FALSE(parse_toml("device_id = \"a\"\ndevice_id = \"b\"\n", "f"));
  EXPECT_EQ(parse_toml("device_id = \"\xFF\"", "f").error().code, errc::config_syntax);
}

TEST(toml_file, that_does_not_exist_is_empty_and_an_unreadable_one_is_an_error) {
  const test_dir folder;
  EXPECT_TRUE(read_toml(folder.path() / "agent.toml")->empty());
  EXPECT_EQ(read_toml(folder.path()).error().code, errc::config_unreadable);
  std::ofstream(folder.path() / "large.toml") << std::string(70'000, '#');
  EXPECT_EQ(read_toml(folder.path() / "large.toml").error().code, errc::config_unreadable);
  EXPECT_EQ(load_settings(folder.path() / "none.toml", variables({}), {}).error().code,
            errc::config_unreadable);
}

TEST(settings, are_taken_from_flags_then_environment_then_file) {
  const test_dir folder;
  const auto file = folder.path() / "agent.toml";
  std::ofstream(file) << "device_id = \"from-file\"\nquic_port = 1111\nserver_url = \"http://file:1\"\n";
  const auto env = variables({{"MESH_DEVICE_ID", "from-env"}, {"MESH_QUIC_PORT", "2222"}});
  const auto all = load_settings(file, env, flags({{"quic_port", "3333"}}));
  ASSERT_TRUE(all);
  const auto config = resolve(*all, env, file);
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->device_id, "from-env");
  EXPECT_EQ(config->quic_port, 3333);
  EXPECT_EQ(to_string(config->server), "http://file:1");
  EXPECT_EQ(to_string(config->ws), "ws://file:1/ws");
  EXPECT_EQ(all->at("device_id").origin, "MESH_DEVICE_ID");
  EXPECT_EQ(all->at("quic_port").origin, "--quic-port");
  EXPECT_EQ(all->at("server_url").origin, file.string() + ":3");
}

TEST(settings, have_defaults_that_work_on_one_machine) {
  const auto config = resolve({}, variables({{"HOME", "/home/ana"}}));
  ASSERT_TRUE(config);
  EXPECT_EQ(config->file, "/home/ana/.config/mesh/agent.toml");
  EXPECT_EQ(to_string(config->server), "http://localhost:8000");
  EXPECT_EQ(to_string(config->ws), "ws://localhost:8000/ws");
  EXPECT_FALSE(config->server_given);
  EXPECT_FALSE(config->quic_port);
  EXPECT_EQ(config->cc, congestion_mode::auto_);
  EXPECT_EQ(config->receive, receive_mode::ask);
  EXPECT_EQ(config->download_dir, "/home/ana/Downloads");
  EXPECT_TRUE(config->warnings.empty());
  EXPECT_EQ(default_file(variables({{"HOME", "/h"}, {"XDG_CONFIG_HOME", "/c"}})), "/c/mesh/agent.toml");
  EXPECT_EQ(default_file(variables({{"HOME", "/h"}, {"XDG_CONFIG_HOME", "relative"}})),
            "/h/.config/mesh/agent.toml");
}

TEST(settings, refuse_values_that_cannot_work_and_say_where_they_stand) {
  const std::pair<const char*, const char*> table[] = {
      {"device_id", "My Device"},
      {"device_id", ""},
      {"server_url", "localhost"},
      {"server_url", "ftp://a"},
      {"server_url", "http://"},
      {"server_url", "http://a:0"},
      {"server_url", "http://a:70000"},
      {"server_url", "http://u@a"},
      {"server_url", "http://a/api"},
      {"server_url", "ws://a"},
      {"ws_url", "http://a/ws"},
      {"ws_url", "ws://a/ws?token=x"},
      {"ws_url", "ws://[::1/ws"},
      {"quic_port", "0"},
      {"quic_port", "65536"},
      {"quic_port", "-1"},
      {"quic_port", "12x"},
      {"cc", "reno"},
      {"receive", "yes"},
      {"download_dir", "relative"},
      {"terminal_masks", "ACME_* x*"},
      {"terminal_masks", "ACME_"},
      {"auth_token", "two words"},
  };
  for (const auto& [key, text] : table) {
    const auto config = resolve(flags({{key, text}}), variables({{"HOME", "/h"}}));
    ASSERT_FALSE(config) << key << "=" << text;
    EXPECT_EQ(config.error().code, errc::config_value);
    EXPECT_EQ(config.error().field, key);
    EXPECT_TRUE(config.error().detail.starts_with(flag_name(key))) << config.error().detail;
  }
}

TEST(settings, name_the_congestion_control) {
  const std::pair<const char*, congestion_mode> table[] = {
      {"auto", congestion_mode::auto_}, {"bbr", congestion_mode::bbr}, {"cubic", congestion_mode::cubic}};
  for (const auto& [text, mode] : table) {
    const auto config = resolve(flags({{"cc", text}}), variables({{"HOME", "/h"}}));
    ASSERT_TRUE(config);
    EXPECT_EQ(config->cc, mode);
    EXPECT_EQ(to_string(mode), text);
  }
}

TEST(settings, warn_about_clear_text_over_a_network_and_a_readable_token) {
  const test_dir folder;
  const auto file = folder.path() / "agent.toml";
  std::ofstream(file) << "server_url = \"http://mesh.example\"\nauth_token = \"abc.def\"\n";
  chmod(file.c_str(), 0644);
  const auto env = variables({{"HOME", "/h"}});
  const auto all = load_settings(file, env, {});
  EXPECT_EQ(resolve(*all, env, file)->warnings.size(), 2U);
  chmod(file.c_str(), 0600);
  EXPECT_EQ(resolve(*all, env, file)->warnings.size(), 1U);
}

TEST(config_check, prints_every_key_and_masks_secrets) {
  const auto all = flags({{"auth_token", "topsecret"},
                          {"ws_url", "wss://[::1]:9/x"},
                          {"download_dir", "~/in"},
                          {"terminal_masks", " ACME_*  CORP-*"}});
  const auto config = resolve(all, variables({{"HOME", "/h"}}));
  ASSERT_TRUE(config) << config.error().detail;
  const auto lines = effective(*config, all);
  EXPECT_EQ(lines.size(), setting_keys().size());
  for (const auto& line : lines) {
    EXPECT_FALSE(line.value.contains("topsecret"));
    if (line.key == "auth_token") EXPECT_EQ(line.value, "********");
    if (line.key == "ws_url") EXPECT_EQ(line.value, "wss://[::1]:9/x");
    if (line.key == "download_dir") EXPECT_EQ(line.value, "/h/in");
    if (line.key == "terminal_masks") EXPECT_EQ(line.value, "ACME_* CORP-*");
    if (line.key == "server_url") EXPECT_EQ(line.origin, "default");
  }
}

}  // namespace
}  // namespace mesh::config
