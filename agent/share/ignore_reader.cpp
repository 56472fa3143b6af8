#include "agent/share/ignore_reader.hpp"

#include "agent/os/os_error.hpp"
#include "agent/share/file_source.hpp"
#include "core/base/limits.hpp"

#include <sys/stat.h>

namespace mesh::share {

result<std::string> read_ignore_file(const os::safe_dir& dir) {
  const std::string name(ignore_file_name);
  const auto shown = dir.path() / name;
  const auto facts = dir.facts(name);
  if (!facts || S_ISDIR(facts->st_mode)) return std::string();
  auto fd = dir.open_file(name);
  if (!fd) return fail(errc::file_unreadable, shown.string() + ": " + fd.error().detail);
  const auto source = file_source::adopt(std::move(*fd), shown);
  if (!source) return std::unexpected(source.error());
  if (source->size() > limits::ignore_file_bytes_max)
    return fail(errc::too_large, shown.string() + " is longer than any list of patterns");
  std::string text(static_cast<std::size_t>(source->size()), '\0');
  if (auto read = source->read(0, std::as_writable_bytes(std::span(text))); !read) return pass(read);
  return text;
}

result<std::optional<ignore_verdict>> explain_ignored(const std::filesystem::path& folder,
                                                      const std::string& path) {
  auto dir = os::safe_dir::open(folder);
  if (!dir) return pass(dir);
  ignore_rules rules;
  for (std::size_t begin = 0;;) {
    const auto text = read_ignore_file(*dir);
    if (!text) return std::unexpected(text.error());
    rules.enter(path.substr(0, begin), *text);
    const auto end = path.find('/', begin);
    const auto name = path.substr(begin, end == std::string::npos ? end : end - begin);
    const auto facts = dir->facts(name);
    if (!facts) return fail(errc::not_found, (dir->path() / name).string());
    const bool directory = S_ISDIR(facts->st_mode);
    auto verdict = rules.judge(path.substr(0, end), directory);
    // A parent that is ignored decides; one that a '!' lets in decides nothing about what it holds.
    if (end == std::string::npos || (verdict && verdict->ignored)) return verdict;
    if (!directory) return fail(errc::not_found, (folder / path).string());
    dir = dir->open_dir(name);
    if (!dir) return pass(dir);
    begin = end + 1;
  }
}

}  // namespace mesh::share
