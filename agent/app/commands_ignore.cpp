#include "agent/app/commands.hpp"
#include "agent/share/ignore_reader.hpp"
#include "agent/share/ignore_rules.hpp"
#include "core/base/escape.hpp"
#include "core/text/catalogue.hpp"

#include <filesystem>

namespace mesh::app {
namespace {

using text::tr;

// path below folder. A link at its end is meant itself, as when the folder is sent.
result<std::string> below(const std::filesystem::path& folder, const std::filesystem::path& path) {
  std::error_code code;
  const auto root = std::filesystem::canonical(folder, code);
  if (code) return fail(errc::file_unreadable, folder.string());
  auto full = (std::filesystem::absolute(path, code) / "").parent_path();
  const auto name = full.filename();
  if (code || name == "." || name == "..")
    full = std::filesystem::canonical(full, code);
  else
    full = std::filesystem::canonical(full.parent_path(), code) / name;
  if (code) return fail(errc::file_unreadable, path.string());
  const auto relative = full.lexically_relative(root).string();
  if (relative.empty() || relative == "." || relative == ".." || relative.starts_with("../"))
    return fail(errc::usage, path.string() + " does not lie in " + root.string(), "--folder");
  return relative;
}

// The folder that is meant when nobody names one: the highest from here on with a list, which holds when that
// folder is sent; else the one where we are.
std::filesystem::path assumed_folder() {
  std::error_code code;
  const auto here = std::filesystem::current_path(code);
  auto found = here;
  for (auto at = here; at.has_relative_path(); at = at.parent_path())
    if (std::filesystem::is_regular_file(at / share::ignore_file_name, code)) found = at;
  return found;
}

}  // namespace

result<void> explain_ignore(const invocation& asked) {
  const auto folder = asked.folder.empty() ? assumed_folder() : std::filesystem::path(asked.folder);
  const auto path = below(folder, asked.paths.front());
  if (!path) return std::unexpected(path.error());
  auto verdict = share::explain_ignored(folder, *path);
  if (!verdict && verdict.error().code == errc::not_found)
    return fail(errc::file_unreadable, verdict.error().detail);
  if (!verdict) return pass(verdict);
  if (asked.json) {
    std::error_code code;
    wire::json_object out{{"folder", std::filesystem::canonical(folder, code).string()},
                          {"path", *path},
                          {"ignored", *verdict && (*verdict)->ignored}};
    out["file"] = *verdict ? wire::json_value((*verdict)->file) : nullptr;
    out["line"] = *verdict ? wire::json_value((*verdict)->line) : nullptr;
    out["pattern"] = *verdict ? wire::json_value((*verdict)->pattern) : nullptr;
    print_json(std::move(out));
    return {};
  }
  const auto shown = escape_controls(*path);
  if (!*verdict)
    print(tr("ignore.nothing", shown) + "\n");
  else
    print(tr((*verdict)->ignored ? "ignore.left_out" : "ignore.goes", shown,
             escape_controls((*verdict)->file), (*verdict)->line, escape_controls((*verdict)->pattern)) +
          "\n");
  if (asked.folder.empty()) print(tr("ignore.assumed", escape_controls(folder.string())) + "\n");
  return {};
}

}  // namespace mesh::app
