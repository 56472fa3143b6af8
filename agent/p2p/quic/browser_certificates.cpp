#include "agent/p2p/quic/browser_certificates.hpp"

namespace mesh::quic {
namespace {

constexpr auto in_use = std::chrono::days(7);
// Clocks of browsers may be this much behind.
constexpr auto skew = std::chrono::hours(1);

}  // namespace

result<browser_certificates> browser_certificates::make(wall_time now) {
  browser_certificates made;
  auto current = credentials::for_browsers(now - skew);
  if (!current) return pass(current);
  auto next = credentials::for_browsers(now + in_use - skew);
  if (!next) return pass(next);
  made.current_ = std::move(*current);
  made.next_ = std::move(*next);
  made.made_at_ = now;
  made.rotate_at_ = now + in_use;
  return made;
}

result<bool> browser_certificates::advance(wall_time now) {
  if (now >= made_at_ && now < rotate_at_) return false;
  // The next one is valid for another week only: behind that, or before it all began, both are of no use.
  if (now < made_at_ || now >= rotate_at_ + in_use) {
    auto anew = make(now);
    if (!anew) return pass(anew);
    *this = std::move(*anew);
    return true;
  }
  auto next = credentials::for_browsers(rotate_at_ + in_use - skew);
  if (!next) return pass(next);
  current_ = std::exchange(next_, std::move(*next));
  made_at_ = rotate_at_;
  rotate_at_ += in_use;
  return true;
}

}  // namespace mesh::quic
