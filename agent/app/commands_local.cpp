#include "agent/app/commands.hpp"
#include "agent/app/completion.hpp"
#include "agent/app/table.hpp"
#include "core/base/escape.hpp"
#include "core/text/catalogue.hpp"

#include <fmt/format.h>

namespace mesh::app {

using text::tr;

result<void> config_check(context& c) {
  const auto lines = config::effective(c.config, c.settings);
  const auto file = c.config.file.string();
  const bool exists = std::filesystem::exists(c.config.file);
  if (c.asked.json) {
    wire::json_object values;
    for (const auto& line : lines) values[line.key] = {{"value", line.value}, {"from", line.origin}};
    print_json({{"file", file}, {"exists", exists}, {"values", std::move(values)}});
    return {};
  }
  print(tr(exists ? "config.valid" : "config.absent", file) + "\n");
  std::string out;
  for (const auto& line : lines)
    out += fmt::format("  {:<13} {}  [{}]\n", line.key,
                       line.value.empty() ? tr("config.unset") : escape_controls(line.value), line.origin);
  print(out);
  for (const auto& warning : c.config.warnings) print_error("! " + warning + "\n");
  return {};
}

result<void> show_completion(const invocation& asked) {
  auto script = completion_script(asked.values.at(0), known_commands());
  if (!script) return pass(script);
  print(*script);
  return {};
}

}  // namespace mesh::app
