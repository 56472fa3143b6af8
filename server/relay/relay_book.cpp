#include "server/relay/relay_book.hpp"

#include "core/base/limits.hpp"
#include "core/crypto/sha256.hpp"

namespace mesh::relay {
namespace {

constexpr std::size_t tickets_max = 4 * limits::relay_pairs_max;

std::string name_of(std::string_view ticket) {
  return crypto::sha256_hex(as_bytes(ticket));
}

}  // namespace

result<std::uint64_t> relay_book::open(const session_id& session, const user_id& payer,
                                       std::string_view initiator_ticket, std::string_view target_ticket,
                                       wall_time now) {
  if (!settings_.on) return fail(errc::relay_off, "this server passes no connections on");
  if (used_up(payer, now)) return fail(errc::relay_quota, "as much as a day allows was passed on for you");
  std::erase_if(tickets_, [&](const auto& entry) { return entry.second.expires <= now; });
  forget(session);
  if (tickets_.size() + 2 > tickets_max) return fail(errc::busy, "too many wait for the relay");
  const auto pairing = ++last_pairing_;
  const auto expires = now + limits::relay_ticket_life;
  tickets_.emplace(name_of(initiator_ticket), issued{{session, payer, pairing, true}, expires});
  tickets_.emplace(name_of(target_ticket), issued{{session, payer, pairing, false}, expires});
  return pairing;
}

std::optional<seat> relay_book::redeem(std::string_view ticket, wall_time now) {
  const auto found = tickets_.find(name_of(ticket));
  if (found == tickets_.end()) return std::nullopt;
  auto taken = std::move(found->second);
  tickets_.erase(found);
  if (taken.expires <= now) return std::nullopt;
  return std::move(taken.what);
}

void relay_book::forget(const session_id& session) {
  std::erase_if(tickets_, [&](const auto& entry) { return entry.second.what.session == session; });
}

bool relay_book::spend(const user_id& payer, std::uint64_t bytes, wall_time now) {
  begin_day(now);
  spent_[payer] += bytes;
  return !used_up(payer, now);
}

bool relay_book::used_up(const user_id& payer, wall_time now) {
  begin_day(now);
  const auto found = spent_.find(payer);
  return found != spent_.end() && found->second >= settings_.bytes_per_user_and_day;
}

void relay_book::begin_day(wall_time now) {
  constexpr std::int64_t seconds = 86'400;
  const auto today = unix_seconds(now) / seconds;
  if (std::exchange(day_, today) != today) spent_.clear();
}

}  // namespace mesh::relay
