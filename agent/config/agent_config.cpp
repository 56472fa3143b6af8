#include "agent/config/agent_config.hpp"

#include "agent/config/rate.hpp"
#include "core/base/id.hpp"
#include "core/base/limits.hpp"

#include <charconv>
#include <ranges>
#include <sys/stat.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace mesh::config {
namespace {

constexpr std::string_view default_server_url = "http://localhost:8000";

struct found_setting {
  std::string_view text;
  std::string_view origin;
};

std::optional<found_setting> find(const settings& all, std::string_view key) {
  const auto at = all.find(key);
  if (at == all.end()) return std::nullopt;
  return found_setting{at->second.text.reveal(), at->second.origin};
}

std::unexpected<error> bad_value(std::string_view key, std::string_view origin, std::string_view why) {
  return fail(errc::config_value, fmt::format("{}: {}: {}", origin, key, why), std::string(key));
}

std::filesystem::path home(const environment& variables) {
  return variables("HOME").value_or("/");
}

std::filesystem::path default_downloads(const environment& variables) {
  if (const auto set = variables("XDG_DOWNLOAD_DIR"); set && set->starts_with('/')) return *set;
  return home(variables) / "Downloads";
}

result<void> read_urls(const settings& all, agent_config& out) {
  const auto server = find(all, "server_url");
  auto parsed = parse_url(server ? server->text : default_server_url);
  if (!parsed) return bad_value("server_url", server->origin, parsed.error().detail);
  if ((parsed->scheme != "http" && parsed->scheme != "https") || parsed->path != "/")
    return bad_value("server_url", server->origin, "write http://HOST:PORT or https://HOST, without a path");
  out.server = *parsed;
  out.server_given = server.has_value();
  out.ws = websocket_of(out.server);
  if (const auto ws = find(all, "ws_url")) {
    auto address = parse_url(ws->text);
    if (!address) return bad_value("ws_url", ws->origin, address.error().detail);
    if (address->scheme != "ws" && address->scheme != "wss")
      return bad_value("ws_url", ws->origin, "write ws://HOST:PORT/ws or wss://HOST/ws");
    out.ws = *address;
    out.ws_given = true;
  }
  return {};
}

result<void> read_device(const settings& all, agent_config& out) {
  const auto id = find(all, "device_id");
  if (!id) return {};
  if (!valid_device_id(id->text))
    return bad_value("device_id", id->origin,
                     "1 to 63 of a-z 0-9 . _ - are allowed, and the first is a letter or a digit");
  out.device_id = std::string(id->text);
  return {};
}

result<void> read_port(const settings& all, agent_config& out) {
  const auto port = find(all, "quic_port");
  if (!port) return {};
  unsigned number = 0;
  const auto text = port->text;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size() || number == 0 || number > 65535)
    return bad_value("quic_port", port->origin, "a number from 1 to 65535 is expected");
  out.quic_port = static_cast<std::uint16_t>(number);
  return {};
}

result<void> read_congestion(const settings& all, agent_config& out) {
  const auto mode = find(all, "cc");
  if (!mode) return {};
  const auto known = congestion_mode_named(mode->text);
  if (!known) return bad_value("cc", mode->origin, "auto, bbr or cubic is expected");
  out.cc = *known;
  return {};
}

result<void> read_limit(const settings& all, agent_config& out) {
  const auto limit = find(all, "limit");
  if (!limit) return {};
  const auto rate = parse_rate(limit->text);
  if (!rate) return bad_value("limit", limit->origin, rate.error().detail);
  out.limit = *rate;
  return {};
}

result<void> read_masks(const settings& all, agent_config& out) {
  const auto masks = find(all, "terminal_masks");
  if (!masks) return {};
  for (const auto part : std::views::split(masks->text, ' ')) {
    const std::string_view word(part.begin(), part.end());
    if (word.empty()) continue;
    if (word.size() < 4 || word.size() > limits::terminal_mask_chars_max || !word.ends_with('*'))
      return bad_value("terminal_masks", masks->origin,
                       "three letters or more and a star are expected, as ACME_*");
    out.terminal_masks.emplace_back(word);
  }
  if (out.terminal_masks.size() > limits::terminal_masks_max)
    return bad_value("terminal_masks", masks->origin, "these are too many");
  return {};
}

result<void> read_receiving(const settings& all, const environment& variables, agent_config& out) {
  if (const auto mode = find(all, "receive")) {
    const auto known = receive_mode_named(mode->text);
    if (!known) return bad_value("receive", mode->origin, "ask, auto or never is expected");
    out.receive = *known;
  }
  out.download_dir = default_downloads(variables);
  if (const auto folder = find(all, "download_dir")) {
    std::filesystem::path path(folder->text);
    if (folder->text == "~" || folder->text.starts_with("~/"))
      path = home(variables) / std::filesystem::path(folder->text.substr(folder->text.size() > 1 ? 2 : 1));
    if (path.empty() || !path.is_absolute())
      return bad_value("download_dir", folder->origin,
                       "an absolute path, or one that begins with ~/, is expected");
    out.download_dir = path.lexically_normal();
  }
  return {};
}

void add_warnings(const settings& all, agent_config& out) {
  if (out.server.scheme == "http" && !is_loopback(out.server))
    out.warnings.push_back(
        fmt::format("{} is not encrypted: whoever is on the path can read chat and sign-ins; use https",
                    to_string(out.server)));
  const auto token = all.find("auth_token");
  struct stat info{};
  if (token != all.end() && token->second.origin.starts_with(out.file.string() + ":") &&
      ::stat(out.file.c_str(), &info) == 0 && (info.st_mode & 077) != 0)
    out.warnings.push_back(fmt::format("{} holds auth_token and others can read it; run: chmod 600 {}",
                                       out.file.string(), out.file.string()));
}

}  // namespace

std::string_view to_string(congestion_mode mode) noexcept {
  switch (mode) {
    case congestion_mode::auto_:
      return "auto";
    case congestion_mode::bbr:
      return "bbr";
    case congestion_mode::cubic:
      return "cubic";
  }
  return "auto";
}

std::optional<congestion_mode> congestion_mode_named(std::string_view word) noexcept {
  for (const auto mode : {congestion_mode::auto_, congestion_mode::bbr, congestion_mode::cubic})
    if (word == to_string(mode)) return mode;
  return std::nullopt;
}

std::string_view to_string(receive_mode mode) noexcept {
  switch (mode) {
    case receive_mode::ask:
      return "ask";
    case receive_mode::auto_:
      return "auto";
    case receive_mode::never:
      return "never";
  }
  return "ask";
}

std::optional<receive_mode> receive_mode_named(std::string_view word) noexcept {
  for (const auto mode : {receive_mode::ask, receive_mode::auto_, receive_mode::never})
    if (word == to_string(mode)) return mode;
  return std::nullopt;
}

std::filesystem::path default_file(const environment& variables) {
  const auto set = variables("XDG_CONFIG_HOME");
  // The XDG rules say that a relative path is to be ignored.
  const auto base = set && set->starts_with('/') ? std::filesystem::path(*set) : home(variables) / ".config";
  return base / "mesh" / "agent.toml";
}

result<agent_config> resolve(const settings& all, const environment& variables,
                             const std::optional<std::filesystem::path>& file) {
  agent_config out;
  out.file = file.value_or(default_file(variables));
  if (auto done = read_device(all, out); !done) return pass(done);
  if (auto done = read_urls(all, out); !done) return pass(done);
  if (auto done = read_port(all, out); !done) return pass(done);
  if (auto done = read_congestion(all, out); !done) return pass(done);
  if (auto done = read_limit(all, out); !done) return pass(done);
  if (auto done = read_receiving(all, variables, out); !done) return pass(done);
  if (auto done = read_masks(all, out); !done) return pass(done);
  if (const auto token = find(all, "auth_token")) {
    if (token->text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") !=
        std::string_view::npos)
      return bad_value("auth_token", token->origin, "that is not a token: paste it without spaces or quotes");
    out.auth_token = secret(std::string(token->text));
  }
  add_warnings(all, out);
  return out;
}

result<settings> load_settings(const std::optional<std::filesystem::path>& file, const environment& variables,
                               settings flags) {
  const auto path = file.value_or(default_file(variables));
  if (file && !std::filesystem::exists(path))
    return fail(errc::config_unreadable, fmt::format("{}: no such file", path.string()));
  auto written = read_toml(path);
  if (!written) return pass(written);
  return merge(merge(std::move(*written), from_environment(variables)), std::move(flags));
}

std::vector<effective_value> effective(const agent_config& config, const settings& all) {
  std::vector<effective_value> out;
  for (const auto& key : setting_keys()) {
    const auto at = all.find(key.name);
    effective_value line{std::string(key.name), {}, at == all.end() ? "default" : at->second.origin};
    if (key.name == "device_id") line.value = config.device_id.value_or("");
    if (key.name == "server_url") line.value = to_string(config.server);
    if (key.name == "ws_url") line.value = to_string(config.ws);
    if (key.name == "quic_port" && config.quic_port) line.value = fmt::format("{}", *config.quic_port);
    if (key.name == "cc") line.value = to_string(config.cc);
    if (key.name == "receive") line.value = to_string(config.receive);
    if (key.name == "limit") line.value = rate_text(config.limit);
    if (key.name == "download_dir") line.value = config.download_dir.string();
    if (key.name == "terminal_masks") line.value = fmt::format("{}", fmt::join(config.terminal_masks, " "));
    if (key.is_secret && !config.auth_token.empty()) line.value = "********";
    out.push_back(std::move(line));
  }
  return out;
}

}  // namespace mesh::config
