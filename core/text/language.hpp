// The language a person reads: English or French, chosen by the environment.
#pragma once
#include <optional>
#include <string_view>

namespace mesh::text {

enum class language { en, fr };

// "fr", "fr_FR.UTF-8", "fr-CA" -> fr; "en…" -> en; anything else: nullopt.
std::optional<language> language_named(std::string_view tag) noexcept;

// MESH_LANG when it names a known language, else the first of LC_ALL, LC_MESSAGES, LANG that is set, else
// English.
language language_from_environment() noexcept;

// The language of this process. Set once at start, before other threads exist.
language current_language() noexcept;
void set_language(language wanted) noexcept;

}  // namespace mesh::text
