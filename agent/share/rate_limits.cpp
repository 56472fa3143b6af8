#include "agent/share/rate_limits.hpp"

namespace mesh::share {

void rate_limits::limit_all(std::optional<std::uint64_t> rate) {
  all_.set(rate);
}

void rate_limits::limit_device(const mesh::device_id& device, std::optional<std::uint64_t> rate) {
  devices_[device].set(rate);
}

void rate_limits::limit_session(const mesh::session_id& session, std::optional<std::uint64_t> rate) {
  sessions_[session].set(rate);
}

void rate_limits::forget_session(const mesh::session_id& session) {
  sessions_.erase(session);
}

std::vector<std::shared_ptr<shared_rate>> rate_limits::of(direction way, const mesh::session_id& session,
                                                          const mesh::device_id& device) {
  return {sessions_[session].of(way), devices_[device].of(way), all_.of(way)};
}

}  // namespace mesh::share
