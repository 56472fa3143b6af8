#include "agent/app/received_history.hpp"

#include "agent/app/put_aside.hpp"
#include "agent/os/atomic_file.hpp"
#include "agent/share/utf8.hpp"
#include "core/base/limits.hpp"
#include "core/base/log.hpp"

#include <algorithm>
#include <charconv>
#include <fcntl.h>
#include <set>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace mesh::app {
namespace {

constexpr auto file_name = "received.json";
constexpr std::size_t file_bytes_max = 16UZ * 1024 * 1024;

// So that those that follow are numbers too.
constexpr std::uint64_t number_max = 1ULL << 53U;

// 0: not one that we gave.
std::uint64_t number_of(const std::string& id) {
  std::uint64_t number = 0;
  const auto [end, code] = std::from_chars(id.data(), id.data() + id.size(), number);
  return code == std::errc() && end == id.data() + id.size() ? number : 0;
}

struct kept_file {
  std::uint64_t last = 0;
  std::vector<wire::json_value> transfers;
};
BOOST_DESCRIBE_STRUCT(kept_file, (), (last, transfers))

void cut_by_the_end(transfer_record& r, bool fetched) {
  if (r.state != transfer_state::running && r.state != transfer_state::waiting) return;
  r.state = fetched ? transfer_state::failed : transfer_state::queued;
  r.rate = 0;
  r.eta_seconds.reset();
  r.code = word(errc::connection_lost);
  r.message = "this agent was stopped";
}

}  // namespace

std::string render_history(received_history history) {
  for (auto& kept : history.transfers) {
    if (kept.record.text) kept.record.text->clear();
    if (kept.record.folder) kept.record.folder->notes.clear();
  }
  while (true) {
    auto text = share::well_formed(wire::to_text(wire::to_json(history)));
    if (text.size() <= file_bytes_max) return text;
    const auto half = static_cast<std::ptrdiff_t>((history.transfers.size() + 1) / 2);
    history.transfers.erase(history.transfers.begin(), history.transfers.begin() + half);
  }
}

result<received_history> parse_history(std::string_view text) {
  const auto json = wire::parse_json(text, file_bytes_max);
  if (!json) return fail(errc::bad_message, json.error().detail);
  const auto file = wire::from_json<kept_file>(*json);
  if (!file) return fail(errc::bad_message, file.error().detail);
  if (file->last > number_max) return fail(errc::bad_message, "a number that nobody counts to", "last");
  received_history out{.last = file->last};
  std::set<std::uint64_t> known{0};
  for (const auto& one : file->transfers) {
    auto kept = wire::from_json<kept_transfer>(one);
    const auto number = kept ? number_of(kept->record.transfer_id) : 0;
    if (!kept || kept->record.direction != transfer_direction::in || number > number_max ||
        !known.insert(number).second) {
      ++out.unreadable;
      continue;
    }
    out.last = std::max(out.last, number);
    cut_by_the_end(kept->record, kept->fetched);
    out.transfers.push_back(std::move(*kept));
  }
  return out;
}

received_history load_history(const os::private_dir& dir) {
  const auto text = os::read_private_file(dir, file_name, file_bytes_max);
  if (text && !*text) return {};
  auto history =
      text ? parse_history((*text)->reveal()) : result<received_history>(std::unexpected(text.error()));
  if (history && history->unreadable == 0) return std::move(*history);
  const auto aside = put_aside(dir, file_name);
  log::warn(
      "share", "the list of what was received cannot be read{}; as it was it is put aside as {}: {}",
      history ? " whole" : "", aside.string(),
      history ? fmt::format("{} records are none of ours", history->unreadable) : history.error().detail);
  // The next list takes the place of the file; until then a good part of it is read once more.
  if (history) return std::move(*history);
  (void)::unlinkat(dir.fd(), file_name, 0);
  return {};
}

result<void> save_history(const os::private_dir& dir, received_history history) {
  const auto text = render_history(std::move(history));
  return os::write_file_atomically(dir, file_name, as_bytes(text));
}

}  // namespace mesh::app
