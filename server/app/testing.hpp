// A whole server without sockets for the tests of server/app: a database in a temporary folder, the routes,
// the hub.
#pragma once
#include "core/base/test_dir.hpp"
#include "core/io/loop.hpp"
#include "core/io/task_group.hpp"
#include "core/wire/json.hpp"
#include "server/api/router.hpp"
#include "server/app/backend.hpp"
#include "server/app/data_dir.hpp"
#include "server/app/sockets.hpp"

#include <filesystem>
#include <stdlib.h>

#include <gtest/gtest.h>

namespace mesh::app::testing {

// A connection that only remembers what it was sent.
struct recorded_link final : ws::link {
  bool send(std::string text) override {
    sent.push_back(wire::parse_event(text).value());
    return true;
  }
  void close(ws::close_code code, std::string_view) override { closed = code; }
  std::vector<wire::event> sent;
  std::optional<ws::close_code> closed;
};

class small_server : public ::testing::Test {
 public:
  small_server() : keys(auth::keys::generate()) {
    services::settings settings;
    settings.public_url = "http://localhost:8000";
    settings.version = "test";
    with.emplace(*database, keys, std::move(settings));
    api.emplace(*with);
    doors.emplace(*with, background);
  }

  void TearDown() override {
    loop.run(background.stop());
    with->stop();
  }

  net::http_response call(std::string method, std::string path, std::string body, std::string token = {}) {
    net::http_request request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.body = std::move(body);
    request.remote_address = "127.0.0.1";
    request.headers.add("Host", "localhost:8000");
    if (!token.empty()) request.headers.add("Authorization", "Bearer " + token);
    return loop.run(api->handle(std::move(request)));
  }

  // The access token of a new account.
  std::string register_user(const std::string& name) {
    const auto answer =
        call("POST", "/api/auth/register", R"({"username":")" + name + R"(","password":"test123"})");
    EXPECT_EQ(answer.status, 201U) << answer.body;
    return std::string(wire::parse_json(answer.body)->at("access_token").as_string());
  }

  test_dir folder;
  result<db::database> database = db::database::open(folder / "mesh.db", wall_now());
  auth::keys keys;
  io::loop loop;
  io::task_group background{loop.get_executor(), "test"};
  std::optional<backend> with;
  std::optional<api::router> api;
  std::optional<sockets> doors;
};

}  // namespace mesh::app::testing
