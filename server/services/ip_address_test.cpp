#include "server/services/ip_address.hpp"

#include <gtest/gtest.h>

namespace mesh::services {
namespace {

TEST(ip_address, knows_its_network) {
  struct row {
    std::string text;
    bool usable, loopback, inside;
  };
  const row table[] = {
      {"127.0.0.1", true, true, false},
      {"127.9.9.9", true, true, false},
      {"::1", true, true, false},
      {"::ffff:127.0.0.1", true, true, false},
      {"0.0.0.0", false, false, false},
      {"169.254.1.1", false, false, false},
      {"224.0.0.1", false, false, false},
      {"fe80::1", false, false, false},
      {"ff02::1", false, false, false},
      {"::", false, false, false},
      {"10.0.0.1", true, false, true},
      {"172.16.0.1", true, false, true},
      {"172.31.255.255", true, false, true},
      {"172.32.0.1", true, false, false},
      {"192.168.1.1", true, false, true},
      {"192.169.1.1", true, false, false},
      {"100.64.0.1", true, false, true},
      {"100.127.255.255", true, false, true},
      {"100.128.0.1", true, false, false},
      {"fd00::1", true, false, true},
      {"2001:db8::1", true, false, false},
      {"203.0.113.7", true, false, false},
  };
  for (const auto& [text, usable, loopback, inside] : table) {
    const auto ip = ip_address::parse(text);
    ASSERT_TRUE(ip) << text;
    EXPECT_EQ(ip->is_usable(), usable) << text;
    EXPECT_EQ(ip->is_loopback(), loopback) << text;
    EXPECT_EQ(ip->is_private(), inside) << text;
  }
  for (const auto* text : {"", "localhost", "1.2.3", "1.2.3.4.5", "::g", "1.2.3.4:5", "[::1]"})
    EXPECT_FALSE(ip_address::parse(text)) << text;
}

TEST(ip_address, stands_in_a_url) {
  EXPECT_EQ(ip_address::parse("192.0.2.1")->host(), "192.0.2.1");
  EXPECT_EQ(ip_address::parse("2001:0DB8:0::5")->host(), "[2001:db8::5]");
  EXPECT_EQ(ip_address::parse("::ffff:192.0.2.1")->host(), "192.0.2.1");
}

TEST(ip_address, is_near_what_shares_its_link) {
  const auto near = [](const char* a, const char* b) {
    return ip_address::parse(a)->is_near(*ip_address::parse(b));
  };
  EXPECT_TRUE(near("192.168.1.5", "192.168.1.200"));
  EXPECT_FALSE(near("192.168.1.5", "192.168.2.5"));
  EXPECT_TRUE(near("fd00::1", "fd00::ffff"));
  EXPECT_FALSE(near("fd00::1", "fd00:0:0:1::1"));
  EXPECT_FALSE(near("192.168.1.5", "c0a8:105::"));
}

}  // namespace
}  // namespace mesh::services
