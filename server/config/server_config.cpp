#include "server/config/server_config.hpp"

#include "core/base/limits.hpp"
#include "core/base/toml.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstdlib>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace mesh::config {
namespace {

namespace fs = std::filesystem;

// One setting: how to take it from text (variable, flag) and how to show it.
struct setting {
  std::string_view key;
  // Errors: config_type or config_value without position; the caller adds where the text stood.
  result<void> (*take)(server_config&, const std::string& text);
  std::string (*show)(const server_config&);
  toml::node_type toml_type;
};

// A basic string of TOML 1.0.
std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out.append("\\").push_back(c);
    else if (byte < 0x20 || byte == 0x7F)
      out += fmt::format("\\u{:04X}", byte);
    else
      out += c;
  }
  return out + "\"";
}

template <auto Member>
result<void> take_text(server_config& c, const std::string& text) {
  c.*Member = text;
  return {};
}

template <auto Member>
std::string show_text(const server_config& c) {
  return in_quotes(fs::path(c.*Member).string());
}

template <class T>
result<T> number(const std::string& text, std::int64_t min, std::int64_t max) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size())
    return fail(errc::config_type, fmt::format("\"{}\" is not a whole number", text));
  if (value < min || value > max)
    return fail(errc::config_value, fmt::format("{} is not between {} and {}", value, min, max));
  return static_cast<T>(value);
}

bool is_address(const std::string& text) {
  std::array<std::byte, 16> ignored{};
  return inet_pton(AF_INET, text.c_str(), ignored.data()) == 1 ||
         inet_pton(AF_INET6, text.c_str(), ignored.data()) == 1;
}

result<void> take_host(server_config& c, const std::string& text) {
  std::vector<std::string> hosts;
  for (std::size_t at = 0; at <= text.size();) {
    const auto comma = std::min(text.find(',', at), text.size());
    auto part = text.substr(at, comma - at);
    part.erase(0, part.find_first_not_of(' '));
    part.erase(part.find_last_not_of(' ') + 1);
    if (part == "localhost") {
      hosts.insert(hosts.end(), {"127.0.0.1", "::1"});
    } else if (is_address(part)) {
      hosts.push_back(part);
    } else {
      return fail(errc::config_value,
                  fmt::format("\"{}\" is not an IP address (0.0.0.0 and :: mean every one)", part));
    }
    at = comma + 1;
  }
  c.host = std::move(hosts);
  return {};
}

result<void> take_port(server_config& c, const std::string& text) {
  const auto port = number<std::uint16_t>(text, 0, 65'535);
  if (!port) return std::unexpected(port.error());
  c.port = *port;
  return {};
}

template <auto Member>
result<void> take_flag(server_config& c, const std::string& text) {
  if (text != "true" && text != "false")
    return fail(errc::config_type, fmt::format("\"{}\" is neither true nor false", text));
  c.*Member = text == "true";
  return {};
}

template <auto Member>
std::string show_flag(const server_config& c) {
  return c.*Member ? "true" : "false";
}

bool is_postgres(std::string_view text) {
  return text.starts_with("postgres://") || text.starts_with("postgresql://");
}

// "sqlite:PATH" or a path, kept as the path; or a URL of PostgreSQL.
result<void> take_database(server_config& c, const std::string& text) {
  static constexpr std::string_view prefix = "sqlite:";
  if (is_postgres(text)) {
    c.database = text;
    return {};
  }
  if (text.contains("://"))
    return fail(errc::config_value,
                "the data is kept in SQLite (a path, or sqlite:PATH) or PostgreSQL "
                "(postgres://USER@HOST/NAME)");
  c.database = text.starts_with(prefix) ? text.substr(prefix.size()) : text;
  if (c.database.empty()) return fail(errc::config_value, "the path is empty");
  return {};
}

result<void> take_members(server_config& c, const std::string& text) {
  const auto most = number<std::int64_t>(text, 2, static_cast<std::int64_t>(limits::room_members_max));
  if (!most) return std::unexpected(most.error());
  c.room_members_max = *most;
  return {};
}

result<void> take_relay_quota(server_config& c, const std::string& text) {
  constexpr std::int64_t most = std::int64_t{1} << 30;  // a PiB
  const auto quota = number<std::int64_t>(text, 1, most);
  if (!quota) return std::unexpected(quota.error());
  c.relay_mib_per_day = *quota;
  return {};
}

result<void> take_public_url(server_config& c, const std::string& text) {
  if (!text.empty() && !text.starts_with("http://") && !text.starts_with("https://"))
    return fail(errc::config_value, fmt::format("\"{}\" does not begin with http:// or https://", text));
  c.public_url = text.ends_with('/') ? text.substr(0, text.size() - 1) : text;
  return {};
}

constexpr auto text_type = toml::node_type::string;

const std::array settings = {
    setting{"host", take_host,
            [](const server_config& c) { return fmt::format("[\"{}\"]", fmt::join(c.host, "\", \"")); },
            toml::node_type::array},
    setting{"port", take_port, [](const server_config& c) { return std::to_string(c.port); },
            toml::node_type::integer},
    setting{"data_dir", take_text<&server_config::data_dir>, show_text<&server_config::data_dir>, text_type},
    setting{"database", take_database, [](const server_config& c) { return in_quotes(shown_database(c)); },
            text_type},
    setting{"web_dir", take_text<&server_config::web_dir>, show_text<&server_config::web_dir>, text_type},
    setting{"open_registration", take_flag<&server_config::open_registration>,
            show_flag<&server_config::open_registration>, toml::node_type::boolean},
    setting{"tls_cert", take_text<&server_config::tls_cert>, show_text<&server_config::tls_cert>, text_type},
    setting{"tls_key", take_text<&server_config::tls_key>, show_text<&server_config::tls_key>, text_type},
    setting{"public_url", take_public_url, show_text<&server_config::public_url>, text_type},
    setting{"room_members_max", take_members,
            [](const server_config& c) { return std::to_string(c.room_members_max); },
            toml::node_type::integer},
    setting{"relay", take_flag<&server_config::relay>, show_flag<&server_config::relay>,
            toml::node_type::boolean},
    setting{"relay_mib_per_day", take_relay_quota,
            [](const server_config& c) { return std::to_string(c.relay_mib_per_day); },
            toml::node_type::integer},
    setting{"log", take_text<&server_config::log>, show_text<&server_config::log>, text_type},
};

const setting* find_setting(std::string_view key) {
  for (const auto& s : settings)
    if (s.key == key) return &s;
  return nullptr;
}

std::string known_keys() {
  std::vector<std::string_view> keys;
  keys.reserve(std::size(settings));
  for (const auto& s : settings) keys.push_back(s.key);
  return fmt::format("{}", fmt::join(keys, ", "));
}

// The value of a TOML node as the text that take() reads; nullopt when its type is not the setting's.
std::optional<std::string> node_text(const setting& s, const toml::node& node) {
  if (s.toml_type == toml::node_type::array) {
    if (const auto one = node.value_exact<std::string>()) return one;
    const auto* list = node.as_array();
    if (list == nullptr || list->empty()) return std::nullopt;
    std::string joined;
    for (const auto& item : *list) {
      const auto text = item.value_exact<std::string>();
      if (!text) return std::nullopt;
      joined += (joined.empty() ? "" : ",") + *text;
    }
    return joined;
  }
  if (node.type() != s.toml_type) return std::nullopt;
  if (const auto text = node.value_exact<std::string>()) return text;
  if (const auto whole = node.value_exact<std::int64_t>()) return std::to_string(*whole);
  if (const auto yes = node.value_exact<bool>()) return *yes ? "true" : "false";
  return std::nullopt;
}

std::string_view type_name(toml::node_type type) {
  switch (type) {
    case toml::node_type::array:
      return "a list of strings";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::boolean:
      return "true or false";
    default:
      return "a string in quotes";
  }
}

result<void> apply(server_config& c, const setting& s, const std::string& text, const std::string& where) {
  auto done = s.take(c, text);
  if (done) return done;
  return fail(done.error().code, fmt::format("{}: {}: {}", where, s.key, done.error().detail),
              std::string(s.key));
}

result<void> apply_file(server_config& c, const fs::path& file) {
  const auto parsed = toml::parse_file(file.string());
  if (!parsed) {
    const auto line = parsed.error().source().begin.line;
    const auto what = parsed.error().description();
    if (line == 0) return fail(errc::config_unreadable, fmt::format("{}: {}", file.string(), what));
    return fail(errc::config_syntax, fmt::format("{}:{}: {}", file.string(), line, what));
  }
  for (const auto& [key, node] : parsed.table()) {
    const auto where = fmt::format("{}:{}", file.string(), key.source().begin.line);
    const auto* s = find_setting(key.str());
    if (s == nullptr)
      return fail(errc::config_unknown_key,
                  fmt::format("{}: \"{}\" is not a setting; there are {}", where, key.str(), known_keys()),
                  std::string(key.str()));
    const auto text = node_text(*s, node);
    if (!text)
      return fail(errc::config_type,
                  fmt::format("{}: {} must be {}", where, key.str(), type_name(s->toml_type)),
                  std::string(key.str()));
    if (auto done = apply(c, *s, *text, where); !done) return done;
  }
  return {};
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (auto& letter : out) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  return out;
}

fs::path base_directory(const sources& from, std::string_view variable, std::string_view below_home) {
  if (const auto set = from.environment(variable)) return *set;
  return fs::path(from.environment("HOME").value_or("/")) / below_home;
}

result<void> complete(server_config& c, const sources& from) {
  if (c.data_dir.empty()) c.data_dir = base_directory(from, "XDG_STATE_HOME", ".local/state") / "mesh-server";
  if (c.database.empty()) c.database = (c.data_dir / "mesh.db").string();
  if (c.tls_cert.empty() != c.tls_key.empty())
    return fail(errc::config_value, "tls_cert and tls_key go together: set both or neither",
                c.tls_cert.empty() ? "tls_cert" : "tls_key");
  return {};
}

}  // namespace

std::optional<std::string> process_environment(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

result<server_config> load(const sources& from) {
  server_config c;
  auto file = from.file;
  if (!file) {
    const auto usual = base_directory(from, "XDG_CONFIG_HOME", ".config") / "mesh" / "server.toml";
    std::error_code ignored;
    if (fs::exists(usual, ignored)) file = usual;
  }
  if (file)
    if (auto done = apply_file(c, *file); !done) return pass(std::move(done));
  for (const auto& s : settings) {
    const auto variable = "MESH_SERVER_" + upper(s.key);
    if (const auto text = from.environment(variable))
      if (auto done = apply(c, s, *text, variable); !done) return pass(std::move(done));
  }
  for (const auto& [key, text] : from.flags) {
    const auto* s = find_setting(key);
    if (s == nullptr) return fail(errc::config_unknown_key, fmt::format("\"{}\" is not a setting", key), key);
    std::string flag = "--" + key;
    std::ranges::replace(flag, '_', '-');
    if (auto done = apply(c, *s, text, flag); !done) return pass(std::move(done));
  }
  if (auto done = complete(c, from); !done) return pass(std::move(done));
  return c;
}

std::string shown_database(const server_config& config) {
  if (!is_postgres(config.database)) return config.database;
  std::string out = config.database;
  const auto host = out.find("://") + 3;
  const auto path = std::min(out.find_first_of("/?", host), out.size());
  // The last @ before the path: libpq and people agree on nothing else when a password holds one.
  if (const auto at = out.rfind('@', path); at != std::string::npos && at > host)
    if (const auto colon = out.find(':', host); colon < at) out.replace(colon + 1, at - colon - 1, "***");
  static constexpr std::string_view parameter = "password=";
  for (auto found = out.find(parameter); found != std::string::npos; found = out.find(parameter, found + 1)) {
    const auto begin = found + parameter.size();
    out.replace(begin, std::min(out.find('&', begin), out.size()) - begin, "***");
  }
  return out;
}

std::string describe(const server_config& config) {
  std::string out;
  for (const auto& s : settings) out += fmt::format("{} = {}\n", s.key, s.show(config));
  return out;
}

bool loopback_only(const server_config& config) {
  return std::ranges::all_of(
      config.host, [](const std::string& host) { return host == "::1" || host.starts_with("127."); });
}

}  // namespace mesh::config
