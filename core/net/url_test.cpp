#include "core/net/url.hpp"

#include <gtest/gtest.h>

namespace mesh::net {
namespace {

TEST(url, is_taken_apart) {
  struct row {
    std::string_view text, host, target, host_header, origin;
    std::uint16_t port;
  };
  const row table[] = {
      {"http://localhost:8000", "localhost", "/", "localhost:8000", "http://localhost:8000", 8000},
      {"https://Mesh.Example/ws?x=1", "mesh.example", "/ws?x=1", "mesh.example", "https://mesh.example", 443},
      {"ws://[::1]:8000/ws", "::1", "/ws", "[::1]:8000", "http://[::1]:8000", 8000},
      {"wss://10.0.0.1?x", "10.0.0.1", "/?x", "10.0.0.1", "https://10.0.0.1", 443},
      {"HTTP://h:80/", "h", "/", "h", "http://h", 80},
  };
  for (const auto& row : table) {
    const auto parsed = parse_url(row.text);
    ASSERT_TRUE(parsed) << row.text;
    EXPECT_EQ(parsed->host, row.host);
    EXPECT_EQ(parsed->port, row.port);
    EXPECT_EQ(parsed->target, row.target);
    EXPECT_EQ(parsed->host_header(), row.host_header);
    EXPECT_EQ(parsed->origin(), row.origin);
  }
}

TEST(url, of_another_shape_is_refused) {
  for (const std::string_view text :
       {"", "localhost:8000", "ftp://x", "http://", "http://:80", "http://user@host", "http://h:0",
        "http://h:65536", "http://h:x", "http://h/a b", "http://h/#f", "http://[::1", "http://[host]/",
        "http://h\r\n"}) {
    const auto parsed = parse_url(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, errc::address_invalid);
  }
}

TEST(host_port, needs_both) {
  EXPECT_EQ(parse_host_port("127.0.0.1:5000")->port, 5000);
  EXPECT_EQ(parse_host_port("[fe80::1]:5000")->host, "fe80::1");
  EXPECT_EQ(parse_host_port("name:1")->host, "name");
  for (const std::string_view text :
       {"", "127.0.0.1", ":5000", "::1:5000", "[::1]", "a:b", "a:70000", "a:1 "})
    EXPECT_FALSE(parse_host_port(text)) << text;
  EXPECT_EQ(format_host_port("::1", 5), "[::1]:5");
}

TEST(loopback, is_known_by_address_or_name) {
  for (const std::string_view host : {"localhost", "127.0.0.1", "127.1.2.3", "::1"})
    EXPECT_TRUE(is_loopback(host));
  for (const std::string_view host : {"0.0.0.0", "::", "10.0.0.1", "localhost.example", ""})
    EXPECT_FALSE(is_loopback(host));
}

}  // namespace
}  // namespace mesh::net
