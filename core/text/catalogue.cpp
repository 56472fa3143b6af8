#include "core/text/catalogue.hpp"

#include "core/base/escape.hpp"
#include "core/text/details.hpp"
#include "core/text/error_texts.hpp"

#include <map>
#include <set>

namespace mesh::text {
namespace {

std::map<std::string_view, const entry*>& entries() {
  static std::map<std::string_view, const entry*> all;
  return all;
}

std::set<std::string> placeholders(std::string_view text) {
  std::set<std::string> found;
  for (std::size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
    if (text.substr(at).starts_with("{{")) {
      ++at;
      continue;
    }
    found.emplace(text.substr(at, text.find('}', at) - at + 1));
  }
  return found;
}

}  // namespace

void add(std::span<const entry> table) {
  for (const auto& e : table) entries().insert_or_assign(e.key, &e);
}

std::string_view find(std::string_view key) noexcept {
  const auto found = entries().find(key);
  if (found == entries().end()) return key;
  return current_language() == language::fr ? found->second->fr : found->second->en;
}

std::string describe(const error& e) {
  return describe(e, current_language());
}

std::string describe(const error& e, language in) {
  const auto& words = texts_of(e.code);
  const bool french = in == language::fr;
  std::string out(french ? words.cause_fr : words.cause_en);
  if (words.detail == show_detail::yes && !e.detail.empty())
    out += fmt::format("{} {}", french ? " :" : ":", escape_controls(detail_in(e.detail, in)));
  if (!out.ends_with('.')) out += '.';
  const auto next = french ? words.next_fr : words.next_en;
  if (!next.empty()) out += fmt::format(" {}.", next);
  return out;
}

bool breaks_french_spacing(std::string_view text) {
  constexpr std::string_view no_break_space = "\u00A0";
  constexpr std::string_view opening = "\u00AB";
  for (const std::string_view mark : {":", ";", "?", "!", "\u00BB"})
    if (text.contains(" " + std::string(mark))) return true;
  for (auto at = text.find(opening); at != std::string_view::npos; at = text.find(opening, at + 1))
    if (!text.substr(at + opening.size()).starts_with(no_break_space)) return true;
  return false;
}

std::vector<std::string> check(std::span<const entry> table) {
  std::vector<std::string> findings;
  std::set<std::string_view> seen;
  for (const auto& e : table) {
    if (!seen.insert(e.key).second) findings.push_back(fmt::format("{}: twice in the table", e.key));
    if (e.en.empty() || e.fr.empty()) findings.push_back(fmt::format("{}: a language is missing", e.key));
    if (placeholders(e.en) != placeholders(e.fr))
      findings.push_back(fmt::format("{}: the languages have different placeholders", e.key));
    if (breaks_french_spacing(e.fr))
      findings.push_back(fmt::format("{}: a mark of the French text may stand alone on a line", e.key));
  }
  return findings;
}

}  // namespace mesh::text
