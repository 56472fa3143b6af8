#include "agent/share/zip_times.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace mesh::share {
namespace {

// APPNOTE.TXT sections 4.3.7 and 4.3.12.
constexpr auto local_signature = std::to_array<unsigned char>({'P', 'K', 3, 4});
constexpr std::size_t local_time_at = 10;
constexpr std::size_t local_bytes_min = 30;
constexpr std::size_t central_time_at = 12;
constexpr std::size_t central_lengths_at = 28;  // of name, extra field and comment
constexpr std::size_t central_bytes_min = 46;

bool is_local_header(bytes_view data) {
  return data.size() >= local_bytes_min &&
         std::ranges::equal(data.first(local_signature.size()), local_signature,
                            [](std::byte a, unsigned char b) { return a == std::byte{b}; });
}

void put_le(std::byte* at, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) at[i] = static_cast<std::byte>(value >> (8 * i));
}

std::size_t le16(const std::byte* at) {
  return std::to_integer<std::size_t>(at[0]) | std::to_integer<std::size_t>(at[1]) << 8;
}

}  // namespace

std::uint32_t dos_time(std::int64_t unix_seconds) {
  constexpr std::int64_t first = 315'532'800;   // 1980-01-01T00:00:00Z
  constexpr std::int64_t last = 4'354'819'198;  // 2107-12-31T23:59:58Z
  const auto seconds = static_cast<std::time_t>(std::clamp(unix_seconds, first, last));
  std::tm t{};
  ::gmtime_r(&seconds, &t);
  const auto date = (t.tm_year - 80) << 9 | (t.tm_mon + 1) << 5 | t.tm_mday;
  const auto time = t.tm_hour << 11 | t.tm_min << 5 | t.tm_sec / 2;
  return static_cast<std::uint32_t>(date) << 16 | static_cast<std::uint32_t>(time);
}

void zip_times::begin_entry(std::int64_t unix_seconds) {
  times_.push_back(dos_time(unix_seconds));
  header_due_ = true;
}

// Libarchive writes the fixed part of a header in one piece.
void zip_times::take(bytes_view data) {
  if (in_directory_) return take_directory(data);
  if (!header_due_ || !is_local_header(data)) return out_(data);
  header_due_ = false;
  auto changed = to_bytes(data);
  put_le(changed.data() + local_time_at, times_.back());
  out_(changed);
}

void zip_times::take_directory(bytes_view data) {
  while (!data.empty()) {
    if (skip_ > 0 || listed_ == times_.size()) {
      const auto count = listed_ == times_.size() && skip_ == 0 ? data.size() : std::min(skip_, data.size());
      out_(data.first(count));
      skip_ -= std::min(skip_, count);
      data = data.subspan(count);
      continue;
    }
    const auto count = std::min(central_bytes_min - head_.size(), data.size());
    head_.insert(head_.end(), data.begin(), data.begin() + static_cast<std::ptrdiff_t>(count));
    data = data.subspan(count);
    if (head_.size() < central_bytes_min) continue;
    put_le(head_.data() + central_time_at, times_[listed_++]);
    for (std::size_t i = 0; i < 3; ++i) skip_ += le16(head_.data() + central_lengths_at + 2 * i);
    out_(head_);
    head_.clear();
  }
}

}  // namespace mesh::share
