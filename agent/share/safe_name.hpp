// File names that others chose, made harmless: one component that any system can store and any terminal can
// print.
#pragma once
#include "agent/os/safe_dir.hpp"
#include "core/base/error.hpp"

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace mesh::share {

// What can only be an attack or a broken sender is refused: empty, ".", "..", a '/' or a NUL anywhere, no
// UTF-8. What an honest file may be called is renamed instead: control, bidirectional and invisible
// characters, line separators and backslashes become '_', a leading dot gets a '_' before it (nobody plants a
// hidden .bashrc), leading and trailing spaces and trailing dots go, a name that Windows reserves (CON,
// nul.txt, COM1 …) gets a '_' after its stem, what ends like a journal of ours has its last letter replaced,
// more than 255 bytes are cut on a character boundary before the extension. Errors: name_unsafe.
result<std::string> safe_name(std::string_view wanted);

// name with '_' for every control, bidirectional or invisible character, line separator and backslash.
std::string without_forbidden(std::string_view name);

// The name of a file of ours as it is offered to others: bytes that are no UTF-8 become U+FFFD.
std::string offered_name(std::string_view file_name);

// "photo.jpg", 1 -> "photo (1).jpg"; never longer than 255 bytes. "archive.tar.gz" -> "archive (1).tar.gz".
std::string numbered_name(std::string_view name, unsigned number);
// Of the names that are tried for one file: NAME, NAME (1) ... NAME (9999).
inline constexpr unsigned numbered_names_max = 10'000;
// Past so many, the first name that is free ends a search for one that exists.
inline constexpr unsigned searched_names_min = 64;
// Looks through what the directory holds under name or a numbered form of it, until is_it says so; false when
// it never does. A name that is given to it may also be free.
bool find_numbered(const os::safe_dir& dir, const std::string& name,
                   const std::function<bool(const std::string&)>& is_it);
// "photo.jpg" -> "photo.jpg.part", "photo.jpg (1).part" ...; cut so that all of them, and their journals, are
// different names of at most 255 bytes.
std::string part_name(std::string_view name, unsigned number = 0);
// What a transfer that is under way may be called; nobody may have it replaced.
bool names_a_part(std::string_view name);
// "photo.jpg.part" -> "photo.jpg.part.journal". safe_name() yields no such name, so that
// nobody can send us one.
std::string journal_name(std::string_view part);

// Equal for names that some file system takes for one: that differ in case only, or in whether an accent is a
// part of its letter (Unicode full case folding, NFC).
std::string fold_case(std::string_view name);

// True when the directory holds that name, or one that differs from it in case only. Errors: io.
result<bool> is_taken(const os::safe_dir& dir, std::string_view name);

// The folded names of a directory but one. Errors: io.
result<std::set<std::string, std::less<>>> taken_names(const os::safe_dir& dir, const std::string& but);

// name, or its first numbered form whose fold_case() is not in taken.
std::string free_name(const std::string& name, const std::set<std::string, std::less<>>& taken);
// The same for what a directory holds, but for one name. Errors: io.
result<std::string> free_name_in(const os::safe_dir& dir, const std::string& name, const std::string& but);

}  // namespace mesh::share
