#include "agent/app/progress_view.hpp"

#include "core/text/catalogue.hpp"

#include <algorithm>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

constexpr auto bar_interval = 100ms;
constexpr auto line_interval = 1s;
constexpr std::uint64_t line_bytes = 5'000'000;

debug::progress_words words() {
  return {text::tr("progress.per_second"), text::tr("progress.left"), "--:--", text::tr("progress.average")};
}

}  // namespace

bool progress_view::due(const debug::progress_state& at, steady_time now) const {
  if (!shown_) return true;
  const bool complete = at.done >= at.size;
  if (complete) return shown_done_ != at.done;
  if (style_ == progress_style::bar) return now - shown_time_ >= bar_interval;
  return now - shown_time_ >= line_interval && at.done >= shown_done_ + line_bytes;
}

std::string progress_view::show(const debug::progress_state& at, steady_time now) {
  if (!due(at, now)) return {};
  shown_ = true;
  shown_done_ = at.done;
  shown_time_ = now;
  if (style_ == progress_style::lines) return debug::progress_plain_line(at, words()) + "\n";
  return "\r" + debug::progress_line(at, columns_ - 1, words()) + "\x1B[K";
}

std::string progress_view::clear() {
  if (style_ != progress_style::bar || !shown_) return {};
  shown_ = false;
  return "\r\x1B[K";
}

}  // namespace mesh::app
