#include "agent/share/resume_journal.hpp"

#include "core/wire/json.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace mesh::share {
namespace {

struct header {
  std::int64_t mesh_part = 0;  // version
  std::string user;
  std::string device;
  std::string name;
  std::uint64_t size = 0;
  std::int64_t mtime = 0;
  std::uint64_t inode = 0;
  std::optional<std::string> transfer_id;
};
BOOST_DESCRIBE_STRUCT(header, (), (mesh_part, user, device, name, size, mtime, inode, transfer_id))

constexpr std::int64_t version = 1;
constexpr std::size_t header_bytes_max = 8192;

// The text up to the next newline, which is taken away with it; nullopt when there is none.
std::optional<std::string_view> take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

bool is_hash(std::string_view text) {
  return text.size() == 64 &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::string journal_header(const part_identity& f, std::uint64_t inode) {
  return wire::render(header{version, f.user, f.device, f.name, f.size, f.mtime, inode, f.transfer_id}) +
         "\n";
}

std::string journal_line(std::uint64_t index, std::string_view hash) {
  return fmt::format("{} {}\n", index, hash);
}

std::optional<resume_journal> parse_journal(std::string_view text) {
  const auto first = take_line(text);
  if (!first) return std::nullopt;
  const auto json = wire::parse_json(*first, header_bytes_max);
  if (!json) return std::nullopt;
  const auto h = wire::from_json<header>(*json);
  if (!h || h->mesh_part != version) return std::nullopt;
  resume_journal out{
      {h->user, h->device, h->name, h->size, h->mtime, h->transfer_id.value_or("")}, h->inode, {}};
  while (const auto line = take_line(text)) {
    const auto wanted = fmt::format("{} ", out.hashes.size());
    if (!line->starts_with(wanted) || !is_hash(line->substr(wanted.size()))) break;
    out.hashes.emplace_back(line->substr(wanted.size()));
  }
  return out;
}

}  // namespace mesh::share
