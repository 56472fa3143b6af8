// The initiator of a session: from an announced session and some addresses to P2P_OK.
#include "agent/p2p/close_code.hpp"
#include "agent/p2p/node_state.hpp"
#include "core/base/limits.hpp"
#include "core/base/log.hpp"
#include "core/capability/token.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace mesh::p2p {
namespace {

// The next address is tried when the one before has not answered within this: RFC 8305 section 8.
constexpr auto dial_stagger = std::chrono::milliseconds(250);
// An old connection on which nothing at all comes back to P2P_HELLO, not even an acknowledgement, leads
// nowhere.
constexpr auto silence_max = std::chrono::seconds(1);

std::string joined(const std::vector<udp_address>& addresses) {
  std::vector<std::string> texts;
  texts.reserve(addresses.size());
  for (const auto& a : addresses) texts.push_back(to_string(a));
  return fmt::format("{}", fmt::join(texts, ", "));
}

// A peer that was reached and said no tells more than an address where nobody is.
int weight(errc code) {
  switch (code) {
    case errc::key_refused:
    case errc::version_unsupported:
      return 3;
    case errc::peer_key_mismatch:
      return 2;
    case errc::timed_out:
      return 1;
    default:
      return 0;
  }
}

}  // namespace

void node_state::connect(const mesh::session_id& id, std::vector<udp_address> addresses,
                         node::connected then) {
  const auto refuse = [&](error reason) {
    later([then = std::move(then), reason = std::move(reason)]() mutable { then(std::unexpected(reason)); });
  };
  if (const auto open = sessions.find(id); open != sessions.end()) {
    later([then = std::move(then), info = open->second.info]() mutable { then(std::move(info)); });
    return;
  }
  if (attempts.contains(id)) return refuse({errc::busy, "this session is being opened already", {}});
  const auto now = config.server_now();
  const auto* const known = cache.find(id, now);
  if (known == nullptr) return refuse({errc::session_unknown, "no such session, or it has expired", {}});
  auto claims = capability::verify(known->token.reveal(), config.keys,
                                   {.now = now,
                                    .own_role = capability::role::initiator,
                                    .own_device_id = config.device,
                                    .own_key_sha256 = config.key_sha256,
                                    .peer_key_sha256 = known->peer.key_sha256,
                                    .session_id = id,
                                    .kind = known->kind});
  if (!claims) return refuse(claims.error());
  if (const auto same = check_key(known->peer, id); !same) return refuse(same.error());
  auto& attempt = attempts[id];
  attempt.info = {.claims = std::move(*claims), .own_role = capability::role::initiator, .peer_address = {}};
  attempt.addresses = std::move(addresses);
  attempt.then = std::move(then);
  attempt.deadline = config.now() + limits::handshake_timeout;
  log::info("p2p", "Connecting to peer {} at {}", attempt.info.peer().device_id.str(),
            joined(attempt.addresses));
  start_attempt(attempt);
}

void node_state::start_attempt(connect_attempt& attempt) {
  if (auto* const link = link_to(attempt.info.peer().key_sha256)) {
    attempt.link_was_old = true;
    start_hello(attempt, *link);
    return;
  }
  start_dialing(attempt);
}

void node_state::start_dialing(const connect_attempt& attempt) {
  const auto& key = attempt.info.peer().key_sha256;
  auto& d = dials[key];
  for (const auto& address : attempt.addresses)
    if (std::ranges::find(d.untried, address) == d.untried.end() &&
        std::ranges::find(d.tried, address) == d.tried.end() &&
        d.tried.size() + d.untried.size() < limits::candidates_max)
      d.untried.push_back(address);
  if (d.untried.empty() && d.under_way.empty()) {
    d.failure = error{errc::address_invalid, "no address of the peer is known", {}};
    later([this, key] { fail_dialing(key); });
    return;
  }
  if (d.under_way.empty()) dial_next(key);
}

void node_state::dial_next(const std::string& key) {
  auto& d = dials[key];
  if (d.untried.empty()) return;
  const auto address = d.untried.front();
  d.untried.erase(d.untried.begin());
  d.tried.push_back(address);
  d.next_at = config.now() + dial_stagger;
  // The number is known only after the call, and needed only after it.
  const auto number = std::make_shared<std::uint64_t>(0);
  *number =
      dial.dial(address, key, [this, key, address, number, held = std::weak_ptr<int>(alive)](auto outcome) {
        if (!held.expired()) on_dialed(key, address, *number, std::move(outcome));
      });
  d.under_way.push_back(*number);
}

void node_state::on_dialed(const std::string& key, const udp_address& address, std::uint64_t number,
                           result<std::unique_ptr<connection>> outcome) {
  const auto found = dials.find(key);
  if (found == dials.end()) return;
  auto& d = found->second;
  std::erase(d.under_way, number);
  if (!outcome) {
    log::debug("p2p", "{}: {}", to_string(address), outcome.error().detail);
    if (!d.failure || weight(outcome.error().code) > weight(d.failure->code)) d.failure = outcome.error();
    if (!d.untried.empty())
      dial_next(key);
    else if (d.under_way.empty())
      fail_dialing(key);
    return;
  }
  for (const auto other : d.under_way) dial.cancel(other);
  dials.erase(found);
  auto& link = add_link(std::move(*outcome));
  for (auto& [id, attempt] : attempts)
    if (attempt.link == 0 && attempt.info.peer().key_sha256 == key) start_hello(attempt, link);
}

void node_state::fail_dialing(const std::string& key) {
  const auto found = dials.find(key);
  if (found == dials.end()) return;
  const auto d = std::move(found->second);
  dials.erase(found);
  for (const auto number : d.under_way) dial.cancel(number);
  const auto reason =
      d.failure.value_or(error{errc::timed_out, fmt::format("{} does not answer", joined(d.tried)), {}});
  std::vector<mesh::session_id> failed;
  for (const auto& [id, attempt] : attempts)
    if (attempt.link == 0 && attempt.info.peer().key_sha256 == key) failed.push_back(id);
  for (const auto& id : failed) fail_attempt(id, reason);
}

void node_state::start_hello(connect_attempt& attempt, peer_link& link) {
  const auto id = attempt.info.id();
  const auto give_up = [&](const error& reason) {
    later([this, id, reason] { on_control_lost(id, reason); });
  };
  attempt.link = link.number;
  attempt.hello_at = config.now();
  attempt.packets_before = link.carrier().stats().packets_received;
  attempt.info.peer_address = link.carrier().peer_address();
  const auto* const known = cache.find(id, config.server_now());
  if (known == nullptr) return give_up({errc::session_unknown, "the session has expired", {}});
  const auto binding = link.carrier().exporter(binding_label, id.str());
  if (!binding) return give_up(binding.error());
  auto stream = link.carrier().open_stream();
  if (!stream) return give_up(stream.error());
  attempt.control = std::make_unique<control_stream>(
      std::move(*stream),
      control_stream::calls{
          .on_message = [this, id](control_stream&,
                                   const wire::p2p_message& answer) { on_answer(id, answer); },
          .on_end = [this, id](control_stream&, const error& reason) { on_control_lost(id, reason); }});
  attempt.control->send(make_hello(*known, *binding));
  update_keep_alive(link.number);
}

void node_state::on_answer(const mesh::session_id& id, const wire::p2p_message& answer) {
  const auto found = attempts.find(id);
  if (found == attempts.end()) return;
  if (const auto good = judge_answer(answer, id); !good) {
    fail_attempt(id, good.error());
    return;
  }
  auto attempt = std::move(found->second);
  attempts.erase(found);
  log::info("p2p", "P2P connection established with {} at {}", attempt.info.peer().device_id.str(),
            to_string(attempt.info.peer_address));
  tell_ended();
  const auto& session = open(std::move(attempt.info), attempt.link, std::move(attempt.control));
  const auto info = session.info;
  observer.on_session_open(info);
  attempt.then(info);
}

// Before P2P_OK: the attempt fails, unless it ran on a connection that turns out to be dead. After it: the
// session is over.
void node_state::on_control_lost(const mesh::session_id& id, const error& reason) {
  const auto found = attempts.find(id);
  if (found == attempts.end()) {
    if (reason.code == errc::connection_lost)
      forget(id, reason);
    else
      close(id, close_code::of(reason.code), reason);
    return;
  }
  auto& attempt = found->second;
  if (!attempt.link_was_old || reason.code != errc::connection_lost) {
    fail_attempt(id, reason);
    return;
  }
  bury(std::move(attempt.control));
  attempt.link = 0;
  attempt.link_was_old = false;
  start_dialing(attempt);
}

bool node_state::silent(const connect_attempt& attempt, steady_time now) const {
  const auto link = links.find(attempt.link);
  return attempt.link_was_old && link != links.end() && now - attempt.hello_at >= silence_max &&
         link->second->carrier().stats().packets_received == attempt.packets_before;
}

// The peer vanished, or lives at another address now. Sessions that run on the old connection keep it: they
// may outlast a short cut.
void node_state::leave_silent_link(const mesh::session_id& id) {
  auto& attempt = attempts.at(id);
  const auto number = std::exchange(attempt.link, 0);
  log::info("p2p", "{} is silent on the old connection: dialing again", attempt.info.peer().device_id.str());
  attempt.link_was_old = false;
  bury(std::move(attempt.control));
  const bool used =
      std::ranges::any_of(sessions, [&](const auto& entry) { return entry.second.link == number; }) ||
      std::ranges::any_of(attempts, [&](const auto& entry) { return entry.second.link == number; });
  if (!used) links.at(number)->carrier().close(close_code::none, "silent");
  start_dialing(attempt);
}

void node_state::fail_attempt(const mesh::session_id& id, error reason) {
  const auto found = attempts.find(id);
  if (found == attempts.end()) return;
  auto attempt = std::move(found->second);
  attempts.erase(found);
  log::warn("p2p", "session {} could not be opened: {}", id.str(), reason.detail);
  if (attempt.control) attempt.control->reset(close_code::of(reason.code));
  bury(std::move(attempt.control));
  update_keep_alive(attempt.link);
  later([then = std::move(attempt.then), reason = std::move(reason)]() mutable {
    then(std::unexpected(reason));
  });
  // Nobody waits for this device any more.
  const auto& key = attempt.info.peer().key_sha256;
  const bool wanted = std::ranges::any_of(attempts, [&](const auto& entry) {
    return entry.second.link == 0 && entry.second.info.peer().key_sha256 == key;
  });
  const auto d = dials.find(key);
  if (wanted || d == dials.end()) return;
  for (const auto number : d->second.under_way) dial.cancel(number);
  dials.erase(d);
}

void node_state::tick_connecting(steady_time now) {
  std::vector<mesh::session_id> late;
  for (const auto& [id, attempt] : attempts)
    if (now >= attempt.deadline) late.push_back(id);
  for (const auto& id : late) {
    const auto& attempt = attempts.at(id);
    const auto d = dials.find(attempt.info.peer().key_sha256);
    const auto told = attempt.link == 0 && d != dials.end() ? d->second.failure : std::nullopt;
    fail_attempt(id, told.value_or(error{
                         errc::timed_out, fmt::format("{} does not answer", joined(attempt.addresses)), {}}));
  }
  std::vector<mesh::session_id> unheard;
  for (const auto& [id, attempt] : attempts)
    if (silent(attempt, now)) unheard.push_back(id);
  for (const auto& id : unheard) leave_silent_link(id);
  std::vector<std::string> due;
  for (const auto& [key, d] : dials)
    if (!d.untried.empty() && now >= d.next_at) due.push_back(key);
  for (const auto& key : due) dial_next(key);
}

}  // namespace mesh::p2p
