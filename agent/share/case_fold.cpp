#include "agent/share/safe_name.hpp"
#include "agent/share/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <unicase.h>
#include <uninorm.h>

namespace mesh::share {
namespace {

struct freed {
  void operator()(std::uint8_t* text) const noexcept { std::free(text); }
};

// text: well-formed.
std::string folded(std::string_view text) {
  std::size_t size = 0;
  const std::unique_ptr<std::uint8_t, freed> out(u8_casefold(
      reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), nullptr, UNINORM_NFC, nullptr, &size));
  return out ? std::string(reinterpret_cast<const char*>(out.get()), size) : std::string(text);
}

}  // namespace

std::string fold_case(std::string_view name) {
  std::string out;
  if (std::ranges::all_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    for (const char c : name) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
  }
  std::size_t begin = 0;
  for (std::size_t at = 0; at < name.size();) {
    const auto c = decode_at(name, at);
    if (!c.valid) {
      out += folded(name.substr(begin, at - begin));
      out += name[at];
      begin = at + c.size;
    }
    at += c.size;
  }
  return out += folded(name.substr(begin));
}

bool names_a_part(std::string_view name) {
  return fold_case(name).ends_with(".part");
}

result<bool> is_taken(const os::safe_dir& dir, std::string_view name) {
  const auto entries = dir.entries();
  if (!entries) return std::unexpected(entries.error());
  const auto wanted = fold_case(name);
  return std::ranges::any_of(*entries, [&](const std::string& entry) { return fold_case(entry) == wanted; });
}

result<std::set<std::string, std::less<>>> taken_names(const os::safe_dir& dir, const std::string& but) {
  const auto entries = dir.entries();
  if (!entries) return std::unexpected(entries.error());
  std::set<std::string, std::less<>> out;
  for (const auto& entry : *entries)
    if (entry != but) out.insert(fold_case(entry));
  return out;
}

std::string free_name(const std::string& name, const std::set<std::string, std::less<>>& taken) {
  std::string candidate = name;
  for (unsigned number = 1; taken.contains(fold_case(candidate)); ++number)
    candidate = numbered_name(name, number);
  return candidate;
}

// A set of what a large directory holds is made only when it is needed.
result<std::string> free_name_in(const os::safe_dir& dir, const std::string& name, const std::string& but) {
  const auto there = is_taken(dir, name);
  if (!there) return std::unexpected(there.error());
  if (!*there) return name;
  const auto taken = taken_names(dir, but);
  if (!taken) return std::unexpected(taken.error());
  return free_name(name, *taken);
}

}  // namespace mesh::share
