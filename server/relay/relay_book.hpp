// Who may take a place at the relay, and how much has been passed on for whom. No sockets, no clock.
#pragma once
#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "core/base/id.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace mesh::relay {

struct settings {
  bool on = true;
  std::uint64_t bytes_per_user_and_day = 0;
};

// A place that a ticket opened. pairing: a number that both places of one meeting share, and no other
// meeting.
struct seat {
  session_id session;
  user_id payer;
  std::uint64_t pairing = 0;
  bool initiator = false;
};

class relay_book {
 public:
  explicit relay_book(settings s) : settings_(s) {}

  // The pairing to come. Errors: relay_off, relay_quota, busy (too many tickets that nobody used).
  result<std::uint64_t> open(const session_id& session, const user_id& payer,
                             std::string_view initiator_ticket, std::string_view target_ticket,
                             wall_time now);
  // Once for each ticket, before it expires.
  std::optional<seat> redeem(std::string_view ticket, wall_time now);
  // The tickets of a session count no more.
  void forget(const session_id& session);

  // False when the day's quota is used up by it.
  bool spend(const user_id& payer, std::uint64_t bytes, wall_time now);

 private:
  struct issued {
    seat what;
    wall_time expires;
  };
  bool used_up(const user_id& payer, wall_time now);
  void begin_day(wall_time now);

  settings settings_;
  std::map<std::string, issued, std::less<>> tickets_;  // by SHA-256: the time of a look-up tells nothing
  std::map<user_id, std::uint64_t> spent_;
  std::int64_t day_ = 0;
  std::uint64_t last_pairing_ = 0;
};

}  // namespace mesh::relay
