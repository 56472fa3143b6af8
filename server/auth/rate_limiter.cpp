#include "server/auth/rate_limiter.hpp"

#include <algorithm>
#include <arpa/inet.h>

namespace mesh::auth {

std::chrono::milliseconds rate_limiter::take(const std::string& key, steady_time now) {
  auto found = due_.find(key);
  if (found == due_.end()) {
    if (due_.size() >= keys_max_) forget_idle(now);
    if (due_.size() >= keys_max_) return allowed_.interval;
    found = due_.emplace(key, now).first;
  }
  const auto tolerance = allowed_.interval * (allowed_.burst - 1);
  const auto due = std::max(found->second, now);
  if (due - now > tolerance)
    return std::max(std::chrono::ceil<std::chrono::milliseconds>(due - now - tolerance),
                    std::chrono::milliseconds(1));
  found->second = due + allowed_.interval;
  return std::chrono::milliseconds(0);
}

void rate_limiter::give_back(const std::string& key) {
  if (const auto found = due_.find(key); found != due_.end()) found->second -= allowed_.interval;
}

// A key whose time has passed is as good as unknown. Sweeping costs O(keys), so a full table is swept once an
// interval.
void rate_limiter::forget_idle(steady_time now) {
  if (now < next_sweep_) return;
  next_sweep_ = now + allowed_.interval;
  std::erase_if(due_, [&](const auto& entry) { return entry.second <= now; });
}

std::string address_key(const std::string& ip) {
  in6_addr six{};
  auto without_zone = ip.substr(0, ip.find('%'));
  if (inet_pton(AF_INET6, without_zone.c_str(), &six) != 1) return without_zone;
  if (IN6_IS_ADDR_V4MAPPED(&six)) {
    char text[INET_ADDRSTRLEN] = {};
    inet_ntop(AF_INET, &six.s6_addr[12], text, sizeof text);
    return text;
  }
  std::fill(std::begin(six.s6_addr) + 8, std::end(six.s6_addr), std::uint8_t{0});
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(AF_INET6, &six, text, sizeof text);
  return std::string(text) + "/64";
}

}  // namespace mesh::auth
