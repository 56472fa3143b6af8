#include "agent/app/commands.hpp"
#include "agent/app/terminal.hpp"
#include "agent/debug/dump.hpp"
#include "agent/debug/format.hpp"
#include "core/base/escape.hpp"
#include "core/text/catalogue.hpp"

#include <charconv>

#include <fmt/format.h>

namespace mesh::app {
namespace {

using text::tr;

template <class T>
result<T> number(const std::string& text) {
  T value{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || value < T{})
    return fail(errc::usage, fmt::format("\"{}\" is not a number", escape_controls(text)));
  return value;
}

// A list that the agent reports: as JSON, or each entry in words.
result<void> show_list(context& c, std::string_view request, std::string_view key, std::string_view nothing) {
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  auto answer = (*agent)->ask(request, {});
  if (!answer) return pass(answer);
  if (c.asked.json) {
    answer->erase("text");
    print_json(std::move(*answer));
    return {};
  }
  print(answer->at(key).as_array().empty() ? tr(nothing) + "\n"
                                           : std::string(answer->at("text").as_string()));
  return {};
}

}  // namespace

result<void> debug_event(const invocation& asked) {
  std::string text;
  if (asked.values.empty() || asked.values.front() == "-") {
    auto read = read_stdin();
    if (!read) return pass(read);
    text = std::move(*read);
  } else {
    text = asked.values.front();
  }
  const auto event = wire::parse_event(text);
  if (!event) return std::unexpected(event.error());
  auto out = debug::dump_event(*event);
  if (!out.ends_with('\n')) out += '\n';
  print(out);
  return {};
}

result<void> debug_bytes(const invocation& asked) {
  const auto bytes = number<std::uint64_t>(asked.values.at(0));
  if (!bytes) return std::unexpected(bytes.error());
  print(debug::format_bytes(*bytes) + "\n");
  return {};
}

result<void> debug_speed(const invocation& asked) {
  const auto bytes = number<std::uint64_t>(asked.values.at(0));
  if (!bytes) return std::unexpected(bytes.error());
  const auto seconds = number<double>(asked.values.at(1));
  if (!seconds) return std::unexpected(seconds.error());
  print(fmt::format("{:.2f} MB/s\n", debug::calculate_speed(*bytes, *seconds)));
  return {};
}

result<void> debug_quic(context& c) {
  return show_list(c, "quic_stats", "connections", "debug.no_connections");
}

result<void> debug_sessions(context& c) {
  return show_list(c, "session_cache", "sessions", "debug.no_sessions");
}

result<void> debug_certificates(context& c) {
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  if (auto renewed = (*agent)->ask("renew_certificates", {}); !renewed) return pass(renewed);
  print(tr("debug.certificates_renewed") + "\n");
  return {};
}

}  // namespace mesh::app
