// One line of a progress bar, exactly as wide as asked.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mesh::debug {

// Words in the reader's language: per_second "/s"; average "average"; left "left" or "restant"; unknown shown
// while no rate is known ("--:--").
struct progress_words {
  std::string per_second = "/s";
  std::string left = "left";
  std::string unknown = "--:--";
  std::string average = "average";
};

struct progress_state {
  std::string name;
  std::uint64_t done = 0;
  std::uint64_t size = 0;
  double bytes_per_second = 0;
  std::optional<std::chrono::seconds> eta;
  std::optional<double> average = {};  // bytes per second since it began
  std::size_t name_columns = 0;        // of several lines in columns: what the names are filled up to
};

// "film.mkv  [=====>     ]  45 %  90.00 MB / 200.00 MB  95.20 MB/s  0:01 left", without line end. Never more
// than width columns: the name is shortened first, then the bar, then the average goes, then the sizes, the
// bar and the word for the time left. Control characters of the name are escaped.
std::string progress_line(const progress_state& state, std::size_t width, const progress_words& words);

// Columns that valid UTF-8 without controls fills on a terminal; what may be wide counts as wide.
std::size_t display_columns(std::string_view text) noexcept;

// For output that is no terminal: the same facts without a bar.
std::string progress_plain_line(const progress_state& state, const progress_words& words);

}  // namespace mesh::debug
