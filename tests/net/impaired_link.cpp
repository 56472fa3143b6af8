#include "tests/net/impaired_link.hpp"

#include <algorithm>

namespace mesh::net_test {

std::optional<instant> impaired_link::enter(std::size_t size, instant now) {
  using seconds = std::chrono::duration<double>;
  using std::chrono::duration_cast;
  const auto ticks = [](seconds t) { return duration_cast<instant::duration>(t); };
  if (size > what_.mtu || happens(what_.loss)) {
    ++lost_;
    return std::nullopt;
  }
  free_at_ = std::max(free_at_, now);
  if (what_.rate > 0) {
    const double waiting = seconds(free_at_ - now).count() * what_.rate / 8;
    if (waiting > static_cast<double>(what_.queue)) {
      ++overflown_;
      return std::nullopt;
    }
    free_at_ += ticks(seconds(static_cast<double>(size) * 8 / what_.rate));
  }
  if (happens(what_.reorder)) return free_at_ + what_.delay / 2;
  const seconds extra(std::uniform_real_distribution<>(0, 1)(random_) * seconds(what_.jitter).count());
  last_out_ = std::max(last_out_, free_at_ + what_.delay + ticks(extra));
  return last_out_;
}

}  // namespace mesh::net_test
