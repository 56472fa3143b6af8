#include "agent/app/progress_board.hpp"

#include "core/text/catalogue.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

constexpr auto bars_interval = 100ms;

debug::progress_words words() {
  return {text::tr("progress.per_second"), text::tr("progress.left"), "--:--", text::tr("progress.average")};
}

}  // namespace

std::string progress_board::show(std::string_view id, debug::progress_state at,
                                 const std::optional<debug::progress_state>& together, terminal_room room,
                                 steady_time now) {
  auto found = std::ranges::find(moving_, id, &entry::id);
  const bool begins = found == moving_.end();
  if (begins) found = moving_.insert(found, entry{std::string(id), {}, {}});
  const bool ends = at.done >= at.size && (begins || found->at.done < found->at.size);
  found->at = std::move(at);
  if (style_ == progress_style::lines) return lines(*found, together, now);
  if (!begins && !ends && !painted_.empty() && now - painted_at_ < bars_interval) return {};
  painted_at_ = now;
  return bars(together, room);
}

std::string progress_board::lines(entry& moved, const std::optional<debug::progress_state>& together,
                                  steady_time now) {
  std::string out;
  if (moved.pace.due(moved.at.done, moved.at.size, now))
    out += debug::progress_plain_line(moved.at, words()) + "\n";
  if (together && together_pace_.due(together->done, together->size, now))
    out += debug::progress_plain_line(*together, words()) + "\n";
  return out;
}

// A terminal with too few lines shows those that began first, and all together.
std::string progress_board::bars(const std::optional<debug::progress_state>& together, terminal_room room) {
  const std::size_t bars_max = std::max(room.rows, 3U) - (together ? 2U : 1U);
  std::vector<debug::progress_state> all;
  for (const auto& moving : moving_)
    if (all.size() < bars_max) all.push_back(moving.at);
  if (together) all.push_back(*together);
  std::size_t name_columns = 0;
  for (const auto& one : all) name_columns = std::max(name_columns, debug::display_columns(one.name));
  auto out = to_the_top(room);
  painted_.clear();
  for (auto& one : all) {
    if (all.size() > 1) one.name_columns = name_columns;
    const auto line = debug::progress_line(one, std::max(room.columns, 2U) - 1, words());
    out += fmt::format("{}{}\x1B[K", painted_.empty() ? "" : "\n", line);
    painted_.push_back(debug::display_columns(line));
  }
  return out + "\x1B[J";
}

// On a terminal that became narrower since, what was one line fills several.
std::string progress_board::to_the_top(terminal_room room) const {
  std::size_t lines = 0;
  for (const auto columns : painted_)
    lines += std::max<std::size_t>(1, (columns + room.columns - 1) / std::max(room.columns, 1U));
  return lines > 1 ? fmt::format("\r\x1B[{}A", lines - 1) : "\r";
}

void progress_board::remove(std::string_view id) {
  std::erase_if(moving_, [id](const entry& e) { return e.id == id; });
}

std::string progress_board::clear(terminal_room room) {
  if (painted_.empty()) return {};
  auto out = to_the_top(room) + "\x1B[J";
  painted_.clear();
  return out;
}

}  // namespace mesh::app
