#include "agent/share/safe_name.hpp"

#include "agent/share/utf8.hpp"
#include "core/base/escape.hpp"
#include "core/base/limits.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace mesh::share {
namespace {

constexpr std::size_t extension_bytes_max = 16;

struct range {
  char32_t first, last;
};

// Controls, bidirectional controls, invisible and separating characters, tags; the joiners U+200C and U+200D
// stay, because Persian words and emoji are written with them.
constexpr auto forbidden = std::to_array<range>({{0x00, 0x1F},
                                                 {'\\', '\\'},
                                                 {0x7F, 0x9F},
                                                 {0xAD, 0xAD},
                                                 {0x34F, 0x34F},
                                                 {0x61C, 0x61C},
                                                 {0x115F, 0x1160},
                                                 {0x17B4, 0x17B5},
                                                 {0x180B, 0x180F},
                                                 {0x200B, 0x200B},
                                                 {0x200E, 0x200F},
                                                 {0x2028, 0x202E},
                                                 {0x2060, 0x206F},
                                                 {0x3164, 0x3164},
                                                 {0xFEFF, 0xFEFF},
                                                 {0xFFA0, 0xFFA0},
                                                 {0xFFF0, 0xFFFB},
                                                 {0xE0000, 0xE0FFF}});

bool is_forbidden(char32_t code) noexcept {
  return std::ranges::any_of(forbidden, [code](range r) { return code >= r.first && code <= r.last; });
}

// Windows drops trailing dots and spaces in silence; a leading space hides what follows.
constexpr std::string_view part_suffix = ".part";
constexpr std::string_view journal_suffix = ".part.journal";

std::string_view trimmed(std::string_view name) noexcept {
  const auto first = name.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  const auto last = name.find_last_not_of(" .");
  return last == std::string_view::npos || last < first ? std::string_view()
                                                        : name.substr(first, last + 1 - first);
}

// Devices of Windows, with any extension: opening "nul.txt" there opens the device.
bool is_reserved(std::string_view stem) {
  while (stem.ends_with(' ')) stem.remove_suffix(1);
  std::string word = fold_case(stem);
  constexpr auto fixed =
      std::to_array<std::string_view>({"con", "prn", "aux", "nul", "conin$", "conout$", "clock$"});
  if (std::ranges::find(fixed, word) != fixed.end()) return true;
  if (!word.starts_with("com") && !word.starts_with("lpt")) return false;
  word.erase(0, 3);
  constexpr auto superscripts = std::to_array<std::string_view>({"¹", "²", "³"});
  return (word.size() == 1 && word[0] >= '0' && word[0] <= '9') ||
         std::ranges::find(superscripts, word) != superscripts.end();
}

struct parts {
  std::string_view stem;
  std::string_view extension;  // with its dot; empty when there is none
};

parts split(std::string_view name) noexcept {
  auto dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || name.size() - dot > extension_bytes_max) return {name, {}};
  constexpr std::string_view archive = ".tar";
  if (dot > archive.size() && name.substr(0, dot).ends_with(archive)) dot -= archive.size();
  return {name.substr(0, dot), name.substr(dot)};
}

// stem and what follows it, the stem cut so that all of it is a file name.
std::string joined(std::string_view stem, std::string_view rest) {
  const auto room = limits::file_name_bytes_max - std::min(rest.size(), limits::file_name_bytes_max);
  return std::string(cut_utf8(stem, room)) + std::string(rest);
}

}  // namespace

std::string without_forbidden(std::string_view name) {
  std::string out;
  for (std::size_t at = 0; at < name.size();) {
    const auto c = decode_at(name, at);
    if (is_forbidden(c.code))
      out += '_';
    else
      out += name.substr(at, c.size);
    at += c.size;
  }
  return out;
}

result<std::string> safe_name(std::string_view wanted) {
  if (!valid_utf8(wanted)) return fail(errc::name_unsafe, "the file name is no UTF-8", "name");
  if (wanted.find('/') != std::string_view::npos || wanted.find('\0') != std::string_view::npos)
    return fail(errc::name_unsafe, "the file name holds a '/' or a NUL", "name");
  const std::string clean = without_forbidden(wanted);
  std::string name(trimmed(clean));
  if (name.empty()) return fail(errc::name_unsafe, "the file name is empty or only dots", "name");
  if (name.front() == '.' || name.front() == '-') name.insert(0, "_");
  const auto stem = std::string_view(name).substr(0, name.find('.'));
  if (is_reserved(stem)) name.insert(stem.size(), "_");
  const auto [front, extension] = split(name);
  const std::string whole = joined(front, extension);
  std::string out(trimmed(whole));  // the cut may have laid bare a dot or a space
  if (fold_case(out).ends_with(journal_suffix)) out.back() = '_';
  return out;
}

std::string offered_name(std::string_view file_name) {
  return well_formed(file_name);
}

std::string numbered_name(std::string_view name, unsigned number) {
  const auto [stem, extension] = split(name);
  return joined(stem, fmt::format(" ({}){}", number, extension));
}

bool find_numbered(const os::safe_dir& dir, const std::string& name,
                   const std::function<bool(const std::string&)>& is_it) {
  for (unsigned number = 0; number < numbered_names_max; ++number) {
    const auto tried = number == 0 ? name : numbered_name(name, number);
    if (number >= searched_names_min && !dir.facts(tried)) return false;
    if (is_it(tried)) return true;
  }
  return false;
}

std::string part_name(std::string_view name, unsigned number) {
  constexpr auto longest_end = std::string_view(" (9999)").size() + journal_suffix.size();
  std::string out(cut_utf8(name, limits::file_name_bytes_max - longest_end));
  if (number > 0) out += fmt::format(" ({})", number);
  return out += part_suffix;
}

std::string journal_name(std::string_view part) {
  if (part.ends_with(part_suffix)) part.remove_suffix(part_suffix.size());
  return joined(part, journal_suffix);
}

}  // namespace mesh::share
