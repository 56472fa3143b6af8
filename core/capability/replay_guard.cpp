#include "core/capability/replay_guard.hpp"

#include "core/base/limits.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace mesh::capability {
namespace {

constexpr std::string_view first_line = "mesh-replay/1";

// The text up to the next separator, cut off the front of rest.
std::string_view take(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const auto word = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return word;
}

bool read_time(std::string_view text, wall_time& to) {
  std::int64_t ms = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), ms);
  to = from_unix_milliseconds(ms);
  return failure == std::errc() && end == text.data() + text.size();
}

}  // namespace

replay_guard replay_guard::without_memory(wall_time start) {
  return replay_guard(start + limits::clock_skew_max);
}

result<replay_guard> replay_guard::restore(std::string_view saved) {
  const auto bad = [] { return fail(errc::state_unreadable, "the list of used tokens is damaged"); };
  auto guard = for_new_key();
  // A text that was cut short would forget tokens, so the last line says that nothing is missing.
  if (take(saved, '\n') != first_line) return bad();
  if (!read_time(take(saved, '\n'), guard.issued_min_)) return bad();
  if (!read_time(take(saved, '\n'), guard.forgotten_until_)) return bad();
  for (auto line = take(saved, '\n'); line != "end"; line = take(saved, '\n')) {
    wall_time until;
    if (!read_time(take(line, ' '), until) || line.empty()) return bad();
    guard.seen_.insert_or_assign(std::string(line), until);
  }
  return guard;
}

std::string replay_guard::serialise() const {
  auto text = fmt::format("{}\n{}\n{}\n", first_line, unix_milliseconds(issued_min_),
                          unix_milliseconds(forgotten_until_));
  for (const auto& [jti, until] : seen_) text += fmt::format("{} {}\n", unix_milliseconds(until), jti);
  return text + "end\n";
}

void replay_guard::forget_before(wall_time now) {
  const auto count = std::erase_if(seen_, [&](const auto& entry) { return entry.second <= now; });
  if (count > 0) forgotten_until_ = std::max(forgotten_until_, now);
}

result<void> replay_guard::accept(const claims& c, wall_time now) {
  const auto until = c.expires() + limits::clock_skew_max;
  if (from_unix_seconds(c.iat) < issued_min_)
    return fail(errc::token_replayed,
                "the token was issued before this program started and may have been used");
  forget_before(now);
  if (until <= std::max(forgotten_until_, now)) return fail(errc::token_expired, "the token has expired");
  if (seen_.contains(c.jti)) return fail(errc::token_replayed, "the token was used before");
  if (seen_.size() >= remembered_max)
    return fail(errc::busy, "too many sessions were started in a short time");
  seen_.emplace(c.jti, until);
  return {};
}

}  // namespace mesh::capability
