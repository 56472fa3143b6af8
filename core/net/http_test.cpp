#include "core/net/http.hpp"

#include <gtest/gtest.h>

namespace mesh::net {
namespace {

TEST(http_headers, compare_names_without_case_and_keep_order) {
  http_headers headers;
  headers.add("Set-Cookie", "a=1");
  headers.add("set-cookie", "b=2");
  EXPECT_EQ(headers.count("SET-COOKIE"), 2U);
  EXPECT_EQ(headers.find("Set-cookie"), "a=1");
  headers.set("SET-COOKIE", "c=3");
  EXPECT_EQ(headers.count("set-cookie"), 1U);
  EXPECT_EQ(headers.find("set-cookie"), "c=3");
  EXPECT_FALSE(headers.find("cookie"));
}

TEST(http_target, is_decoded_once) {
  struct row {
    std::string_view target, path, query;
  };
  const row table[] = {
      {"/", "/", ""},           {"/api/rooms?x=%20", "/api/rooms", "x=%20"},
      {"/a%20b", "/a b", ""},   {"/a%2525", "/a%25", ""},
      {"/...", "/...", ""},     {"/.well-known/x", "/.well-known/x", ""},
      {"/a/..b", "/a/..b", ""}, {"http://host:8000/x?y", "/x", "y"},
      {"http://host", "/", ""}, {"/?/../", "/", "/../"},
  };
  for (const auto& [target, path, query] : table) {
    const auto parsed = parse_target(target);
    ASSERT_TRUE(parsed) << target;
    EXPECT_EQ(parsed->path, path);
    EXPECT_EQ(parsed->query, query);
  }
}

TEST(http_target, that_could_name_another_file_is_refused) {
  for (const std::string_view target :
       {"",       "*",         "host:80",     "a/b",    "/..",    "/../x",        "/x/../y",
        "/./x",   "/%2e%2e/x", "/%2E%2e%2fx", "/a%2fb", "/a%5cb", "/a\\b",        "/a%00b",
        "/a%0ab", "/%",        "/%4",         "/%zz",   "/x/%2e", "ftp://host/x", "/a\x01"}) {
    const auto parsed = parse_target(target);
    ASSERT_FALSE(parsed) << target;
    EXPECT_TRUE(parsed.error().code == errc::bad_request || parsed.error().code == errc::not_found) << target;
  }
}

TEST(http_query, finds_and_decodes_values) {
  EXPECT_EQ(query_value("token=a%2Bb+c&x=1", "token"), "a+b c");
  EXPECT_EQ(query_value("token=a&x=1", "x"), "1");
  EXPECT_EQ(query_value("flag&x=1", "flag"), "");
  EXPECT_FALSE(query_value("token=%zz", "token"));
  EXPECT_FALSE(query_value("mytoken=1", "token"));
  EXPECT_FALSE(query_value("", "token"));
}

TEST(http_credentials, are_read_from_their_headers) {
  EXPECT_EQ(bearer_token("Bearer abc"), "abc");
  EXPECT_EQ(bearer_token("bearer  abc "), "abc");
  for (const std::string_view bad : {"", "Bearer", "Bearer ", "Basic abc", "Bearerabc"})
    EXPECT_FALSE(bearer_token(bad)) << bad;
  EXPECT_EQ(cookie_value("a=1; __Host-mesh=xyz; b=2", "__Host-mesh"), "xyz");
  EXPECT_EQ(cookie_value("__Host-mesh=", "__Host-mesh"), "");
  EXPECT_FALSE(cookie_value("x__Host-mesh=1", "__Host-mesh"));
}

TEST(http_percent, encodes_what_it_decodes) {
  EXPECT_EQ(percent_encode("a b/\xC3\xA9~"), "a%20b%2F%C3%A9~");
  EXPECT_EQ(percent_decode(percent_encode("a b/\xC3\xA9~%")), "a b/\xC3\xA9~%");
}

TEST(http_response, failure_is_the_one_json_form) {
  const auto answer = http_response::failure(404, "not_found", "no \"such\" page\n");
  EXPECT_EQ(answer.body, R"({"error":{"code":"not_found","message":"no such page"}})");
  EXPECT_EQ(answer.headers.find("content-type"), "application/json");
}

}  // namespace
}  // namespace mesh::net
