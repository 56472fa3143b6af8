// The rates of this agent: of all transfers together, of those with one device, of those of one session. What
// is sent and what is received are counted apart.
#pragma once
#include "agent/share/rate_gate.hpp"
#include "agent/share/transfer.hpp"

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace mesh::share {

class rate_limits {
 public:
  // Bytes per second, absent: no bound. Holds at once, for running transfers too.
  void limit_all(std::optional<std::uint64_t> rate);
  void limit_device(const mesh::device_id& device, std::optional<std::uint64_t> rate);
  // max_rate of a session's token.
  void limit_session(const mesh::session_id& session, std::optional<std::uint64_t> rate);
  void forget_session(const mesh::session_id& session);

  // What a transfer of this kind has to keep.
  std::vector<std::shared_ptr<shared_rate>> of(direction way, const mesh::session_id& session,
                                               const mesh::device_id& device);

 private:
  // One for each direction.
  struct pair {
    std::array<std::shared_ptr<shared_rate>, 2> rates{std::make_shared<shared_rate>(),
                                                      std::make_shared<shared_rate>()};
    const std::shared_ptr<shared_rate>& of(direction way) const {
      return rates.at(way == direction::sending ? 0 : 1);
    }
    void set(std::optional<std::uint64_t> rate) const {
      for (const auto& r : rates) r->set_rate(rate);
    }
  };

  pair all_;
  std::map<mesh::device_id, pair> devices_;
  std::map<mesh::session_id, pair> sessions_;
};

}  // namespace mesh::share
