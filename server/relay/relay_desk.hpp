// The relay of last resort (contract, section 6b): two WebSockets of one session, and every message of the
// one goes to the other as it is. What is inside only the two ends can read.
#pragma once
#include "core/io/task.hpp"
#include "core/net/ws_channel.hpp"
#include "server/auth/random_source.hpp"
#include "server/relay/relay_book.hpp"

#include <functional>
#include <memory>

namespace mesh::relay {

inline constexpr const char* subprotocol = "mesh-relay.1";

// What a place is served with: whole messages of this size, and no more waiting for a slow reader.
net::ws_limits channel_limits();

// Lives on the network thread; no task of it may outlive it.
class relay_desk {
 public:
  // now: wall clock. count: told of every message passed on.
  relay_desk(settings s, auth::random_source& random, std::function<wall_time()> now,
             std::function<void(std::size_t bytes)> count);
  ~relay_desk();

  struct tickets {
    std::string initiator;
    std::string target;
    wall_time expires_at;
  };
  // until: the session is over then, unless extend() says otherwise. What the session had here before ends.
  // Errors: relay_off, relay_quota, busy.
  result<tickets> open(const session_id& session, const user_id& payer, wall_time until);
  // Nothing for a ticket that does not count, or not any more.
  std::optional<seat> redeem(std::string_view ticket);
  // Until the meeting is over.
  io::task<> serve(seat at, std::unique_ptr<net::ws_channel> channel);

  void extend(const session_id& session, wall_time until);
  void end(const session_id& session, std::string_view reason);
  // Meetings whose session nobody renewed.
  void expire();

 private:
  struct meeting;
  std::shared_ptr<meeting> meeting_of(const seat& at);
  io::task<> pump(const std::shared_ptr<meeting>& in, bool initiator);
  void finish(meeting& over, std::uint16_t code, std::string_view reason);
  io::task<bool> both_there(const std::shared_ptr<meeting>& in);

  relay_book book_;
  auth::random_source& random_;
  std::function<wall_time()> now_;
  std::function<void(std::size_t)> count_;
  std::map<session_id, std::shared_ptr<meeting>> meetings_;
};

}  // namespace mesh::relay
