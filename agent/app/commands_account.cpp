#include "agent/app/commands.hpp"
#include "agent/app/status_report.hpp"
#include "agent/app/terminal.hpp"
#include "core/base/escape.hpp"
#include "core/text/plural.hpp"
#include "core/wire/rest_bodies.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

namespace mesh::app {
namespace {

using text::tr;

// How long `status` waits for the server: it has told by then what it knows itself.
constexpr auto server_patience = std::chrono::seconds(3);

std::string text_of(const wire::json_object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number_of(const wire::json_object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

// --server wins; else a configured address; else what the agent knows.
result<std::string> wanted_server(const context& c) {
  if (!c.asked.server.empty()) {
    if (const auto address = config::parse_url(c.asked.server); !address)
      return fail(errc::usage, address.error().detail, "--server");
    return c.asked.server;
  }
  return c.config.server_given ? to_string(c.config.server) : std::string();
}

result<secret> password_for(const context& c) {
  if (c.asked.password_from_stdin) return read_line_of_stdin();
  if (const auto set = c.variables("MESH_PASSWORD")) return secret(*set);
  return ask_password(tr("login.password", c.asked.user));
}

void show_code(const wire::json_object& code) {
  auto link = text_of(code, "verification_uri_complete");
  if (link.empty()) link = text_of(code, "verification_uri");
  print(tr("login.code", escape_controls(link), escape_controls(text_of(code, "user_code")),
           text::tr_count("login.minutes", static_cast<std::uint64_t>(std::max<std::int64_t>(
                                               0, number_of(code, "expires_in") / 60)))) +
        "\n");
}

void tell_signed_in(const context& c, const wire::json_object& done) {
  if (c.asked.json) return print_json(done);
  print(tr("login.done", text_of(done, "server_url"), text_of(done, "username"), text_of(done, "device_id")) +
        "\n");
  if (!c.config.auth_token.empty()) print_error(tr("login.pasted_wins") + "\n");
}

// What the account is called, if the server says so soon. The asker is of no use for anything after it.
std::optional<std::string> name_now(asker& agent) {
  const std::jthread patience([&agent](const std::stop_token& answered) {
    std::mutex guard;
    std::unique_lock lock(guard);
    std::condition_variable_any over;
    (void)over.wait_for(lock, answered, server_patience, [] { return false; });
    if (!answered.stop_requested()) agent.leave();
  });
  auto account = agent.get<wire::user_answer>("/api/account");
  if (!account) return std::nullopt;
  return std::move(account->user.username);
}

}  // namespace

result<void> login(context& c) {
  auto server = wanted_server(c);
  if (!server) return pass(server);
  wire::json_object body{{"server_url", std::move(*server)}};
  if (!c.asked.user.empty()) {
    auto password = password_for(c);
    if (!password) return pass(password);
    body["username"] = c.asked.user;
    body["password"] = std::string(password->reveal());
  }
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  auto done =
      (*agent)->ask("login", std::move(body), [](std::string_view type, const wire::json_object& payload) {
        if (type == "confirm") show_code(payload);
      });
  if (!done) return pass(done);
  tell_signed_in(c, *done);
  return {};
}

result<void> enroll(context& c) {
  auto server = wanted_server(c);
  if (!server) return pass(server);
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  auto done = (*agent)->ask("enroll", {{"code", c.asked.code}, {"server_url", std::move(*server)}});
  if (!done) return pass(done);
  tell_signed_in(c, *done);
  return {};
}

result<void> logout(context& c) {
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  auto done = (*agent)->ask("logout", {});
  if (!done) return pass(done);
  const auto* was = done->if_contains("was_signed_in");
  print(tr(was != nullptr && was->is_bool() && was->get_bool() ? "logout.done" : "logout.none") + "\n");
  return {};
}

result<void> show_status(context& c) {
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  auto answer = (*agent)->ask("status", {});
  if (!answer) return pass(answer);
  (*answer)["running"] = (*agent)->is_daemon();
  auto report = wire::from_json<status_report>(wire::json_value(*answer));
  if (!report) return pass(report);
  if (!c.asked.json) print(in_words(*report));
  // The name may be another one since the agent was told of it.
  const bool ask = report->link == "online";
  const auto now = ask ? name_now(**agent) : std::nullopt;
  if (now) (*answer)["username"] = report->username = *now;
  if (c.asked.json)
    print_json(std::move(*answer));
  else
    print(account_in_words(*report) + (ask && !now ? "  " + tr("status.silent") + "\n" : ""));
  return {};
}

result<void> stop_daemon(context& c) {
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  if (!(*agent)->is_daemon()) return fail(errc::daemon_not_running);
  auto done = (*agent)->ask("stop", {});
  if (!done) return pass(done);
  print(tr("stop.done") + "\n");
  return {};
}

}  // namespace mesh::app
