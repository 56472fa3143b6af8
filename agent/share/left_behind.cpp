#include "agent/share/left_behind.hpp"

#include "agent/share/utf8.hpp"
#include "core/base/limits.hpp"

#include <algorithm>

namespace mesh::share {
namespace {

// Of an entry in JSON, beside its path, of which each byte may take six.
constexpr std::size_t entry_bytes = 100;
constexpr std::size_t escaped_bytes = 6;

}  // namespace

std::optional<wire::left_behind> told_of(const tree_figures& left_out) {
  const auto ignored = left_out.ignored.value_or(0);
  if (left_out.omitted == 0 && ignored == 0) return std::nullopt;
  wire::left_behind out{std::min<std::uint64_t>(left_out.omitted, limits::folder_entries_max),
                        left_out.incomplete,
                        std::min<std::uint64_t>(ignored, limits::folder_entries_max),
                        {}};
  std::size_t bytes = 0;
  for (const auto& note : left_out.notes) {
    const auto path = well_formed(note.path);
    const auto shown = cut_utf8(path, limits::folder_path_bytes_max);
    bytes += entry_bytes + escaped_bytes * shown.size();
    if (bytes > limits::manifest_page_bytes) break;
    out.entries.push_back({note.code, std::string(shown)});
  }
  return out;
}

void take_told(tree_figures& figures, const wire::left_behind& said) {
  figures.omitted += said.omitted;
  figures.incomplete |= said.incomplete;
  if (said.ignored > 0) figures.ignored = said.ignored;
  for (const auto& entry : said.entries) {
    const auto known = code_of(entry.code);
    // Other reasons are said of what came, under another name, or of the receiver.
    const bool is_reason = known == errc::name_unsafe || known == errc::bad_message ||
                           known == errc::not_a_file || known == errc::file_changed;
    figures.note(is_reason ? known : errc::file_unreadable, entry.path, {});
  }
}

}  // namespace mesh::share
