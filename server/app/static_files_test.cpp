#include "server/app/static_files.hpp"

#include "core/base/test_dir.hpp"

#include <fstream>
#include <sstream>
#include <stdlib.h>

#include <gtest/gtest.h>

namespace mesh::app {
namespace {

namespace fs = std::filesystem;

class web_directory : public testing::Test {
 protected:
  web_directory() {
    fs::create_directories(directory_ / "dist/assets");
    std::ofstream(directory_ / "secret.txt") << "secret";
    std::ofstream(directory_ / "dist/index.html") << "<title>Mesh</title>";
    std::ofstream(directory_ / "dist/assets/app-1a2b.js") << "export {}";
    fs::create_symlink(directory_ / "secret.txt", directory_ / "dist/link.txt");
  }

  static net::http_request get(std::string path) {
    net::http_request request;
    request.method = "GET";
    request.path = std::move(path);
    return request;
  }

  test_dir folder_;
  fs::path directory_ = folder_.path();
};

TEST_F(web_directory, serves_files_with_type_and_cache_headers) {
  const static_files files(directory_ / "dist");
  const auto page = files.serve(get("/"));
  ASSERT_TRUE(page);
  EXPECT_EQ(page->body, "<title>Mesh</title>");
  EXPECT_EQ(page->headers.find("Cache-Control"), "no-cache");
  const auto script = files.serve(get("/assets/app-1a2b.js"));
  ASSERT_TRUE(script);
  EXPECT_EQ(script->headers.find("Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_NE(script->headers.find("Cache-Control")->find("immutable"), std::string_view::npos);
}

TEST_F(web_directory, answers_an_unchanged_file_without_its_content) {
  const static_files files(directory_ / "dist");
  auto request = get("/index.html");
  request.headers.set("If-None-Match", std::string(*files.serve(request)->headers.find("ETag")));
  const auto again = files.serve(request);
  EXPECT_EQ(again->status, 304U);
  EXPECT_TRUE(again->body.empty());
}

TEST_F(web_directory, gives_what_was_compressed_to_whoever_takes_it) {
  std::ofstream(directory_ / "dist/assets/app-1a2b.js.gz") << "compressed";
  const static_files files(directory_ / "dist");
  const std::pair<const char*, bool> table[] = {{"gzip, deflate, br", true},
                                                {"br;q=1.0, gzip;q=0.8", true},
                                                {"gzip", true},
                                                {" gzip ; q=0.001", true},
                                                {"", false},
                                                {"br", false},
                                                {"gzip;q=0", false},
                                                {"gzip; q=0.000", false},
                                                {"gzipped", false},
                                                {"identity", false}};
  for (const auto& [accepted, small] : table) {
    auto request = get("/assets/app-1a2b.js");
    request.headers.set("Accept-Encoding", accepted);
    const auto script = files.serve(request);
    ASSERT_TRUE(script);
    EXPECT_EQ(script->body, small ? "compressed" : "export {}") << accepted;
    EXPECT_EQ(script->headers.find("Content-Encoding").has_value(), small) << accepted;
    EXPECT_EQ(script->headers.find("Content-Type"), "text/javascript; charset=utf-8") << accepted;
    EXPECT_EQ(script->headers.find("Vary"), "Accept-Encoding") << accepted;
    EXPECT_NE(script->headers.find("Cache-Control")->find("immutable"), std::string_view::npos) << accepted;
  }
  EXPECT_EQ(files.serve(get("/assets/app-1a2b.js"))->body, "export {}");
  EXPECT_FALSE(files.serve(get("/"))->headers.find("Vary"));
}

TEST_F(web_directory, never_leaves_the_directory) {
  const static_files files(directory_ / "dist");
  for (const char* path :
       {"/../secret.txt", "/assets/../../secret.txt", "/link.txt", "//secret.txt", "/nothing.js"})
    EXPECT_FALSE(files.serve(get(path))) << path;
}

TEST_F(web_directory, gives_the_clients_own_routes_its_page) {
  const static_files files(directory_ / "dist");
  EXPECT_EQ(files.serve(get("/rooms/rom_1"))->body, "<title>Mesh</title>");
  auto post = get("/");
  post.method = "POST";
  EXPECT_FALSE(files.serve(post));
}

TEST_F(web_directory, says_how_to_build_a_missing_client) {
  const static_files files(directory_ / "nothing");
  EXPECT_NE(files.serve(get("/"))->body.find("./mesh build"), std::string::npos);
}

// The sources of one directive of the policy.
std::string sources_of(std::string_view policy, std::string_view directive) {
  std::istringstream parts{std::string(policy)};
  for (std::string part; std::getline(parts, part, ';');) {
    part.erase(0, part.find_first_not_of(' '));
    if (part.starts_with(std::string(directive) + " ")) return part.substr(directive.size() + 1);
  }
  return {};
}

TEST(security_headers, let_pages_reach_agents_and_load_nothing_else_from_elsewhere) {
  net::http_response response;
  add_security_headers(response, true);
  const auto policy = *response.headers.find("Content-Security-Policy");
  EXPECT_EQ(sources_of(policy, "connect-src"), "'self' https:");
  EXPECT_EQ(sources_of(policy, "default-src"), "'self'");
  EXPECT_EQ(sources_of(policy, "script-src"), "'self' 'wasm-unsafe-eval'");
  EXPECT_EQ(sources_of(policy, "style-src"), "'self'");
  EXPECT_EQ(sources_of(policy, "img-src"), "'self' data: blob:");
  EXPECT_EQ(sources_of(policy, "object-src"), "'none'");
  EXPECT_EQ(sources_of(policy, "base-uri"), "'none'");
  EXPECT_EQ(sources_of(policy, "form-action"), "'self'");
}

TEST(security_headers, forbid_inline_code_and_framing) {
  net::http_response response;
  add_security_headers(response, false);
  const auto policy = response.headers.find("Content-Security-Policy");
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->find("unsafe-inline"), std::string_view::npos);
  EXPECT_NE(policy->find("frame-ancestors 'none'"), std::string_view::npos);
  EXPECT_FALSE(response.headers.find("Strict-Transport-Security"));
  add_security_headers(response, true);
  EXPECT_TRUE(response.headers.find("Strict-Transport-Security"));
}

}  // namespace
}  // namespace mesh::app
