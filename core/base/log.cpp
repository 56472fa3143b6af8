#include "core/base/log.hpp"

#include "core/base/escape.hpp"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace mesh::log {
namespace {

struct filter {
  level fallback = level::info;
  std::map<std::string, level, std::less<>> modules;
};

filter& current() {
  static filter instance;
  return instance;
}

std::optional<level> level_named(std::string_view name) {
  if (name == "trace") return level::trace;
  if (name == "debug") return level::debug;
  if (name == "info") return level::info;
  if (name == "warn" || name == "warning") return level::warn;
  if (name == "error") return level::error;
  if (name == "off") return level::off;
  return std::nullopt;
}

// "mesh_agent::p2p" and "mesh_server::ws" are the module names "p2p" and "ws".
std::string_view module_name(std::string_view spelled) {
  for (const std::string_view crate : {"mesh_agent", "mesh_server", "mesh"}) {
    if (spelled == crate) return {};
    if (spelled.starts_with(crate) && spelled.substr(crate.size()).starts_with("::"))
      return spelled.substr(crate.size() + 2);
  }
  return spelled;
}

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("mesh", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_level(spdlog::level::trace);
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %L %v", spdlog::pattern_time_type::utc);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *instance;
}

}  // namespace

result<void> configure(std::string_view text) {
  filter wanted;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto part = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    if (part.empty()) continue;
    const auto equals = part.find('=');
    const auto at = level_named(equals == std::string_view::npos ? part : part.substr(equals + 1));
    if (!at)
      return fail(
          errc::config_value,
          fmt::format("\"{}\" is not a log filter; write a level (trace, debug, info, warn, error, off) "
                      "or module=level, separated by commas",
                      escape_controls(part)),
          "MESH_LOG");
    const auto module =
        equals == std::string_view::npos ? std::string_view() : module_name(part.substr(0, equals));
    if (module.empty())
      wanted.fallback = *at;
    else
      wanted.modules.insert_or_assign(std::string(module), *at);
  }
  current() = std::move(wanted);
  return {};
}

void configure_from_environment() {
  for (const char* name : {"MESH_LOG", "RUST_LOG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    if (const auto done = configure(value); !done) warn("log", "{}: {}", name, done.error().detail);
    return;
  }
}

bool enabled(std::string_view module, level wanted) noexcept {
  const auto& f = current();
  const auto found = f.modules.find(module);
  return wanted >= (found == f.modules.end() ? f.fallback : found->second);
}

void write(std::string_view module, level at, std::string_view text) {
  static constexpr spdlog::level::level_enum levels[] = {spdlog::level::trace, spdlog::level::debug,
                                                         spdlog::level::info,  spdlog::level::warn,
                                                         spdlog::level::err,   spdlog::level::off};
  logger().log(levels[static_cast<int>(at)], "[{}] {}", module, escape_controls(text));
}

}  // namespace mesh::log
