#include "agent/share/manifest.hpp"

#include "agent/share/tree_path.hpp"
#include "tests/fuzz/targets.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace mesh::fuzz {

// A line for each message.
void manifest(bytes_view data) {
  share::manifest_reader reader;
  auto text = as_text(data);
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    auto message = wire::parse_p2p_message(line);
    if (!message) return;
    result<void> taken;
    if (const auto* const meta = std::get_if<wire::folder_meta>(&*message)) taken = reader.on_meta(*meta);
    if (auto* const page = std::get_if<wire::folder_manifest>(&*message))
      taken = reader.on_page(std::move(*page));
    if (!taken) {
      const auto code = taken.error().code;
      require(code == errc::name_unsafe || code == errc::bad_message || code == errc::unexpected_message ||
                  code == errc::field_invalid,
              "a refusal has one of four names");
      require(!reader.complete(), "a manifest is complete or refused");
      return;
    }
  }
  if (!reader.complete()) return;
  const auto offer = reader.offered();
  require(!offer.name.empty() && !offer.name.contains('/') && offer.name.front() != '.',
          "the folder's name is harmless");
  std::set<std::string> directories{""};
  std::string last;
  std::uint64_t size = 0;
  for (const auto& entry : reader.take_entries()) {
    require(share::check_tree_path(entry.path).has_value(), "every path lies in the folder");
    require(entry.path > last, "every path comes once");
    require(directories.contains(std::string(share::parent_path(entry.path))), "in a directory");
    require((entry.mode & ~0777U) == 0, "modes give no rights");
    if (entry.kind == "directory") directories.insert(entry.path);
    if (entry.target)
      require(share::check_link_target(entry.path, *entry.target).has_value(), "no link leads out");
    size += entry.size;
    last = entry.path;
  }
  require(size == offer.size, "sizes add up");
}

}  // namespace mesh::fuzz
