#include "agent/app/start_options.hpp"

#include "agent/app/commands.hpp"
#include "core/crypto/sha256.hpp"
#include "core/text/catalogue.hpp"

#include <algorithm>

namespace mesh::app {
namespace {

// The server's address of a sign-in travels with the request.
bool names_a_server(std::string_view verb) {
  return verb == "login" || verb == "enroll";
}

// One spelling for each file, also for one that is gone.
std::string plain_path(const std::filesystem::path& file) {
  std::error_code failure;
  const auto plain = std::filesystem::weakly_canonical(file, failure);
  return (failure ? std::filesystem::absolute(file, failure) : plain).string();
}

const std::string* value_of(const configuration_in_force& all, std::string_view key) {
  const auto found = std::ranges::find(all.values, key, &value_in_force::key);
  return found == all.values.end() ? nullptr : &found->value;
}

bool comes_from_environment(const config::settings::value_type& entry) {
  return entry.second.origin == config::environment_name(entry.first);
}

result<void> refuse_what_does_not_count(const context& c, asker& daemon) {
  if (auto heard = refuse_start_options(c.settings, c.asked.verb, c.config); !heard) return heard;
  if (!c.asked.config_file && std::ranges::none_of(c.settings, comes_from_environment)) return {};
  auto answer = daemon.ask("configuration", {});
  // A daemon of an earlier version runs on until it is restarted.
  if (!answer && answer.error().code == errc::kind_unknown) return {};
  if (!answer) return pass(answer);
  const auto running = wire::from_json<configuration_in_force>(wire::json_value(std::move(*answer)));
  if (!running) return std::unexpected(running.error());
  return refuse_other_settings(c.settings, c.asked.verb, c.asked.config_file, c.config, *running);
}

}  // namespace

result<void> refuse_start_options(const config::settings& given, std::string_view verb,
                                  const config::agent_config& config) {
  for (const auto& [key, setting] : given) {
    if (setting.origin != config::flag_name(key)) continue;
    if (key == "server_url" && names_a_server(verb)) continue;
    return fail(errc::usage, text::tr("usage.read_at_start", setting.origin, key, config.file.string()));
  }
  return {};
}

configuration_in_force in_force(const config::agent_config& config, const std::string& device_id,
                                const std::string& server_url) {
  configuration_in_force out{plain_path(config.file), {}};
  const auto server = config::parse_url(server_url);
  for (auto& line : config::effective(config, {})) {
    if (line.key == "device_id") line.value = device_id;
    if (line.key == "server_url" && server) line.value = to_string(*server);
    if (line.key == "ws_url" && server && !config.ws_given)
      line.value = to_string(config::websocket_of(*server));
    if (line.key == "auth_token" && !config.auth_token.empty())
      line.value = crypto::sha256_hex(as_bytes(config.auth_token.reveal()));
    out.values.push_back({std::move(line.key), std::move(line.value)});
  }
  return out;
}

result<void> refuse_other_settings(const config::settings& given, std::string_view verb,
                                   const std::optional<std::filesystem::path>& file,
                                   const config::agent_config& config,
                                   const configuration_in_force& running) {
  if (file && plain_path(*file) != running.file)
    return fail(errc::usage, text::tr("usage.other_file", file->string(), running.file));
  if (verb == "stop") return {};
  const auto here = in_force(config, config.device_id.value_or(""), to_string(config.server));
  for (const auto& entry : given) {
    const auto& key = entry.first;
    if (!comes_from_environment(entry) || (key == "server_url" && names_a_server(verb))) continue;
    const auto* const said = value_of(here, key);
    const auto* const counts = value_of(running, key);
    if (said != nullptr && counts != nullptr && *said != *counts)
      return fail(errc::usage, text::tr("usage.other_variable", entry.second.origin, key));
  }
  return {};
}

result<std::unique_ptr<asker>> context::open(need wanted) const {
  auto agent = connect(wanted);
  if (agent && (*agent)->is_daemon())
    if (auto heard = refuse_what_does_not_count(*this, **agent); !heard) return pass(heard);
  return agent;
}

}  // namespace mesh::app
