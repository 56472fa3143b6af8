#include "server/relay/relay_desk.hpp"

#include "core/base/limits.hpp"
#include "core/base/log.hpp"
#include "core/io/condition.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace mesh::relay {
namespace {

using net::close_code::normal;
using net::close_code::policy_violation;
using net::close_code::try_again_later;

}  // namespace

net::ws_limits channel_limits() {
  net::ws_limits bounds;
  bounds.message_bytes_max = limits::relay_message_bytes_max;
  // A message is written once there is room for it, and then it fits.
  bounds.queue_bytes_max = limits::relay_buffered_bytes_max;
  bounds.queue_messages_max = limits::relay_buffered_bytes_max;
  bounds.binary = true;
  return bounds;
}

struct relay_desk::meeting {
  std::uint64_t pairing = 0;
  user_id payer;
  wall_time until;
  wall_time tickets_until;
  std::array<std::shared_ptr<net::ws_channel>, 2> channels;
  std::optional<io::condition> changed;  // somebody came, or it is over
  bool over = false;
};

relay_desk::relay_desk(settings s, auth::random_source& random, std::function<wall_time()> now,
                       std::function<void(std::size_t)> count)
    : book_(s), random_(random), now_(std::move(now)), count_(std::move(count)) {}

relay_desk::~relay_desk() = default;

result<relay_desk::tickets> relay_desk::open(const session_id& session, const user_id& payer,
                                             wall_time until) {
  tickets made{random_.token(), random_.token(), now_() + limits::relay_ticket_life};
  if (!meetings_.contains(session) && meetings_.size() >= limits::relay_pairs_max)
    return fail(errc::busy, "the relay is full");
  const auto pairing = book_.open(session, payer, made.initiator, made.target, now_());
  if (!pairing) return std::unexpected(pairing.error());
  if (const auto before = meetings_.find(session); before != meetings_.end())
    finish(*before->second, normal, "begun anew");
  auto fresh = std::make_shared<meeting>();
  fresh->pairing = *pairing;
  fresh->payer = payer;
  fresh->until = until;
  fresh->tickets_until = made.expires_at;
  meetings_.insert_or_assign(session, std::move(fresh));
  return made;
}

std::optional<seat> relay_desk::redeem(std::string_view ticket) {
  auto found = book_.redeem(ticket, now_());
  return found && meeting_of(*found) ? found : std::nullopt;
}

std::shared_ptr<relay_desk::meeting> relay_desk::meeting_of(const seat& at) {
  const auto found = meetings_.find(at.session);
  return found != meetings_.end() && found->second->pairing == at.pairing ? found->second : nullptr;
}

io::task<> relay_desk::serve(seat at, std::unique_ptr<net::ws_channel> channel) {
  const auto held = meeting_of(at);
  const std::shared_ptr<net::ws_channel> mine(std::move(channel));
  if (!held) {
    mine->close(policy_violation, "over");
    co_await mine->closed();
    co_return;
  }
  if (!held->changed) held->changed.emplace(co_await io::this_coro::executor);
  held->channels[at.initiator ? 0 : 1] = mine;
  held->changed->notify();
  log::info("relay", "session {}: the {} is there", at.session.str(), at.initiator ? "page" : "machine");
  if (co_await both_there(held)) co_await pump(held, at.initiator);
  finish(*held, normal, "the other side is gone");
  if (meeting_of(at)) meetings_.erase(at.session);
  co_await mine->closed();
}

io::task<bool> relay_desk::both_there(const std::shared_ptr<meeting>& in) {
  const auto there = [&] { return in->channels[0] && in->channels[1]; };
  while (!there() && !in->over)
    if (!co_await in->changed->wait_for(limits::relay_peer_timeout) && !there()) {
      finish(*in, try_again_later, "the other side did not come");
      co_return false;
    }
  co_return !in->over;
}

// Reads no further than the other side takes it: what waits is bounded, and TCP holds up the sender.
io::task<> relay_desk::pump(const std::shared_ptr<meeting>& in, bool initiator) {
  const auto from = in->channels[initiator ? 0 : 1];
  const auto to = in->channels[initiator ? 1 : 0];
  while (!in->over) {
    auto message = co_await from->receive();
    if (!message || in->over) co_return;
    const auto size = message->size();
    if (!book_.spend(in->payer, size, now_())) {
      log::warn("relay", "the quota of {} is used up", in->payer.str());
      finish(*in, policy_violation, word(errc::relay_quota));
      co_return;
    }
    co_await to->drained(limits::relay_buffered_bytes_max - limits::relay_message_bytes_max);
    if (in->over || !to->is_open()) co_return;
    to->send(std::move(*message));
    count_(size);
  }
}

void relay_desk::finish(meeting& over, std::uint16_t code, std::string_view reason) {
  if (std::exchange(over.over, true)) return;
  for (const auto& channel : over.channels)
    if (channel) channel->close(code, std::string(reason));
  if (over.changed) over.changed->notify();
}

void relay_desk::extend(const session_id& session, wall_time until) {
  if (const auto found = meetings_.find(session); found != meetings_.end())
    found->second->until = std::max(found->second->until, until);
}

void relay_desk::end(const session_id& session, std::string_view reason) {
  book_.forget(session);
  const auto found = meetings_.find(session);
  if (found == meetings_.end()) return;
  const auto held = found->second;
  meetings_.erase(found);
  finish(*held, policy_violation, reason);
}

void relay_desk::expire() {
  std::vector<session_id> late;
  for (const auto& [session, held] : meetings_) {
    const bool nobody_came = !held->channels[0] && !held->channels[1] && held->tickets_until <= now_();
    if (held->until <= now_() || nobody_came) late.push_back(session);
  }
  for (const auto& session : late) end(session, word(errc::session_unknown));
}

}  // namespace mesh::relay
