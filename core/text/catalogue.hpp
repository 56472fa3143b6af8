// Every sentence a program shows, in English and French, looked up by key. Programs add their own tables at
// start.
#pragma once
#include "core/base/error.hpp"
#include "core/text/language.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace mesh::text {

// {"send.done", "{0} arrived at {1}", "{0} est arrivé chez {1}"}: placeholders are numbered, so that each
// language may order them as it needs. The texts must outlive the program (string literals).
struct entry {
  std::string_view key;
  std::string_view en;
  std::string_view fr;
};

// Adds a table. Called at start, before other threads exist. A key that is already there is replaced.
void add(std::span<const entry> table);

// The text of a key in the current language; the key itself when nobody added it (a test finds those).
std::string_view find(std::string_view key) noexcept;

// The text with its placeholders filled.
template <class... Args>
std::string tr(std::string_view key, const Args&... args) {
  return fmt::vformat(find(key), fmt::make_format_args(args...));
}

// An error in words: the cause, then what to do about it. The English detail of the error is shown where it
// carries facts a person needs (a path, an address, a line number).
std::string describe(const error& e);
std::string describe(const error& e, language in);

// True when a line may end between a French text and its : ; ? ! or between « or » and what they hold, for
// want of a no-break space.
bool breaks_french_spacing(std::string_view text);

// What is wrong with a table, one line a finding; empty when every entry has both languages, the same
// placeholders, and French spaces that do not break.
std::vector<std::string> check(std::span<const entry> table);

}  // namespace mesh::text
