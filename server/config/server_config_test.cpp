#include "server/config/server_config.hpp"

#include "core/base/test_dir.hpp"

#include <fstream>
#include <unistd.h>

#include <gtest/gtest.h>

namespace mesh::config {
namespace {

class server_config_file : public testing::Test {
 protected:
  server_config_file() {
    from_.environment = [this](std::string_view variable) -> std::optional<std::string> {
      const auto found = environment_.find(variable);
      if (found == environment_.end()) return std::nullopt;
      return found->second;
    };
    environment_["HOME"] = directory_.string();
  }

  void write(std::string_view text) {
    from_.file = directory_ / "server.toml";
    std::ofstream(*from_.file) << text;
  }

  test_dir folder_;
  std::filesystem::path directory_ = folder_.path();
  std::map<std::string, std::string, std::less<>> environment_;
  sources from_;
};

TEST_F(server_config_file, has_safe_defaults) {
  const auto c = load(from_);
  ASSERT_TRUE(c);
  EXPECT_TRUE(loopback_only(*c));
  EXPECT_EQ(c->port, 8000);
  EXPECT_EQ(c->data_dir, directory_ / ".local/state/mesh-server");
  EXPECT_EQ(c->database, (c->data_dir / "mesh.db").string());
  EXPECT_FALSE(c->open_registration);
  EXPECT_TRUE(c->relay);
  EXPECT_EQ(c->relay_mib_per_day, 10'240);
}

TEST_F(server_config_file, flags_win_over_variables_and_variables_over_the_file) {
  write("port = 1\nhost = [\"0.0.0.0\"]\nopen_registration = true\nrelay = false\n");
  environment_["MESH_SERVER_PORT"] = "2";
  EXPECT_EQ(load(from_)->port, 2);
  EXPECT_FALSE(loopback_only(*load(from_)));
  from_.flags["port"] = "3";
  from_.flags["host"] = "127.0.0.1,::1";
  const auto c = load(from_);
  EXPECT_EQ(c->port, 3);
  EXPECT_TRUE(loopback_only(*c));
  EXPECT_TRUE(c->open_registration);
  EXPECT_FALSE(c->relay);
}

TEST_F(server_config_file, names_file_line_and_key_of_a_mistake) {
  struct row {
    std::string_view text;
    errc code;
    std::string_view field;
    std::string_view detail_has;
  };
  const row table[] = {
      {"port = 1\nprot = 2\n", errc::config_unknown_key, "prot", "server.toml:2"},
      {"\n\nport = \"8000\"\n", errc::config_type, "port", "server.toml:3"},
      {"port = 70000\n", errc::config_value, "port", "server.toml:1"},
      {"host = [1]\n", errc::config_type, "host", "server.toml:1"},
      {"host = [\"example\"]\n", errc::config_value, "host", "not an IP address"},
      {"open_registration = 1\n", errc::config_type, "open_registration", "true or false"},
      {"relay = \"no\"\n", errc::config_type, "relay", "true or false"},
      {"relay_mib_per_day = 0\n", errc::config_value, "relay_mib_per_day", "between 1 and"},
      {"room_members_max = 9\n", errc::config_value, "room_members_max", "between 2 and 8"},
      {"public_url = \"mesh.example\"\n", errc::config_value, "public_url", "https://"},
      {"tls_cert = \"a.pem\"\n", errc::config_value, "tls_key", "both"},
      {"port = \n", errc::config_syntax, "", "server.toml:1"},
  };
  for (const auto& [text, code, field, detail_has] : table) {
    write(text);
    const auto c = load(from_);
    ASSERT_FALSE(c) << text;
    EXPECT_EQ(c.error().code, code) << text;
    EXPECT_EQ(c.error().field, field) << text;
    EXPECT_NE(c.error().detail.find(detail_has), std::string::npos) << c.error().detail;
  }
}

TEST_F(server_config_file, names_the_variable_or_flag_of_a_mistake) {
  environment_["MESH_SERVER_PORT"] = "x";
  EXPECT_NE(load(from_).error().detail.find("MESH_SERVER_PORT"), std::string::npos);
  environment_.erase("MESH_SERVER_PORT");
  from_.flags["room_members_max"] = "1";
  EXPECT_NE(load(from_).error().detail.find("--room-members-max"), std::string::npos);
}

TEST_F(server_config_file, reports_a_missing_file) {
  from_.file = directory_ / "nothing.toml";
  EXPECT_EQ(load(from_).error().code, errc::config_unreadable);
}

TEST_F(server_config_file, takes_a_sqlite_path_or_postgresql_and_repeats_no_password) {
  from_.flags["database"] = "sqlite:/var/lib/mesh.db";
  EXPECT_EQ(load(from_)->database, "/var/lib/mesh.db");
  from_.flags["database"] = "/var/lib/mesh.db";
  EXPECT_EQ(load(from_)->database, "/var/lib/mesh.db");
  for (const std::string address :
       {"postgresql://mesh:hunter2@localhost/mesh", "postgres://mesh:hun@ter2@/mesh?host=/run",
        "postgres://localhost/mesh?password=hunter2&user=mesh", "postgres://mesh:hunter2@localhost"}) {
    from_.flags["database"] = address;
    const auto taken = load(from_);
    ASSERT_TRUE(taken) << address;
    EXPECT_EQ(taken->database, address);
    EXPECT_FALSE(describe(*taken).contains("ter2")) << describe(*taken);
    EXPECT_TRUE(describe(*taken).contains("mesh"));
  }
  from_.flags["database"] = "mysql://mesh:hunter2@localhost/mesh";
  const auto c = load(from_);
  ASSERT_FALSE(c);
  EXPECT_EQ(c.error().code, errc::config_value);
  EXPECT_EQ(c.error().field, "database");
  EXPECT_FALSE(c.error().detail.contains("hunter2"));
}

TEST_F(server_config_file, prints_what_it_can_read_again) {
  const auto first = load(from_);
  write(describe(*first));
  const auto second = load(from_);
  ASSERT_TRUE(second) << second.error().detail;
  EXPECT_EQ(describe(*second), describe(*first));
}

}  // namespace
}  // namespace mesh::config
