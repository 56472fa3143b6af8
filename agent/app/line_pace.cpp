#include "agent/app/line_pace.hpp"

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

constexpr auto interval = 1s;
constexpr std::uint64_t step_bytes = 5'000'000;

}  // namespace

bool line_pace::due(std::uint64_t done, std::uint64_t size, steady_time now) {
  const bool rested = now - told_at_ >= interval && done >= told_done_ + step_bytes;
  if (told_ && (done >= size ? told_done_ == done : !rested)) return false;
  told_ = true;
  told_done_ = done;
  told_at_ = now;
  return true;
}

}  // namespace mesh::app
