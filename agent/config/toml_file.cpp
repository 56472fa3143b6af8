#include "agent/config/settings.hpp"
#include "core/base/escape.hpp"
#include "core/base/toml.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

namespace mesh::config {
namespace {

constexpr std::size_t file_bytes_max = 64 * 1024;

std::string place(std::string_view file, const toml::source_region& where) {
  return fmt::format("{}:{}", file, where.begin.line);
}

std::string_view kind_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a fraction";
    case toml::node_type::boolean:
      return "true or false";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::table:
      return "a table";
    default:
      return "a date or time";
  }
}

result<setting> read_value(const setting_key& key, const toml::node& node, std::string_view file) {
  const auto where = place(file, node.source());
  if (key.kind == value_kind::text)
    if (const auto* text = node.as_string()) return setting{secret(text->get()), where};
  if (key.kind == value_kind::integer)
    if (const auto* number = node.as_integer())
      return setting{secret(fmt::format("{}", number->get())), where};
  return fail(errc::config_type,
              fmt::format("{}: {} must be {}, and is {}", where, key.name,
                          key.kind == value_kind::text ? "a text in quotes" : "an integer", kind_name(node)),
              std::string(key.name));
}

}  // namespace

result<settings> parse_toml(std::string_view text, std::string_view file) {
  if (!valid_utf8(text)) return fail(errc::config_syntax, fmt::format("{}: not UTF-8", file));
  const auto parsed = toml::parse(text, file);
  if (!parsed)
    return fail(errc::config_syntax,
                fmt::format("{}: {}", place(file, parsed.error().source()), parsed.error().description()));
  settings out;
  for (const auto& [name, node] : parsed.table()) {
    const auto* key = find_key(name.str());
    if (key == nullptr)
      return fail(errc::config_unknown_key, fmt::format("{}: {}", place(file, name.source()), name.str()),
                  std::string(name.str()));
    auto value = read_value(*key, node, file);
    if (!value) return pass(value);
    out.insert_or_assign(std::string(key->name), std::move(*value));
  }
  return out;
}

result<settings> read_toml(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(std::filesystem::symlink_status(file, ignored))) return settings{};
  std::ifstream in(file, std::ios::binary);
  std::string text(file_bytes_max + 1, '\0');
  if (in) in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || !in.is_open() || std::filesystem::is_directory(file, ignored))
    return fail(errc::config_unreadable, fmt::format("{}: {}", file.string(), std::strerror(errno)));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > file_bytes_max)
    return fail(errc::config_unreadable, fmt::format("{}: larger than 64 KiB", file.string()));
  auto out = parse_toml(text, file.string());
  wipe(text);
  return out;
}

}  // namespace mesh::config
