#include "server/ws/hub.hpp"

#include "core/base/log.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace mesh::ws {
namespace {

// Events that may arrive while one connection is greeted; a flood of more means it should ask again.
constexpr std::size_t kept_max = 256;

template <class Index, class Key, class Connection>
void forget(Index& index, const Key& key, Connection* c) {
  const auto found = index.find(key);
  if (found == index.end()) return;
  std::erase(found->second, c);
  if (found->second.empty()) index.erase(found);
}

bool same_place(const identity& a, const identity& b) {
  return a.caller.user == b.caller.user && a.caller.device == b.caller.device &&
         (a.caller.device || a.kind == b.kind);
}

}  // namespace

hub::hub(std::function<wall_time()> now, std::function<event_id()> new_event_id)
    : now_(std::move(now)), new_event_id_(std::move(new_event_id)) {}

connection_id hub::hold(identity who, link& out) {
  const auto id = ++last_id_;
  auto& c = connections_[id];
  c.who = std::move(who);
  c.out = &out;
  by_user_[c.who.caller.user].push_back(&c);
  return id;
}

bool hub::admit(connection_id id, identity who, announced what, std::vector<wire::event> first,
                std::int64_t covered) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return false;
  auto& c = found->second;
  if (who.caller.device && who.kind == "agent")
    for (auto* old : by_user_[who.caller.user])
      if (counts(*old) && old->who.caller.device == who.caller.device && old->who.kind == "agent")
        close(*old, close_code::policy, errc::conflict, "this device connected again from elsewhere");
  const bool fresh = !connected_as(who, &c);
  c.who = std::move(who);
  c.what = std::move(what);
  c.admitted = true;
  if (c.who.caller.device) {
    // A second window of a browser does not change what the first one said.
    if (const auto* older = find_device(*c.who.caller.device); older != nullptr && !fresh)
      c.who.status = older->who.status;
    by_device_[*c.who.caller.device].push_back(&c);
  }
  changed();
  for (auto& event : first) send_to(c, event, event.seq);
  for (const auto& one : std::exchange(c.waiting, {}))
    if (!one.seq || *one.seq > covered) send_to(c, one.event, one.seq);
  return fresh;
}

std::optional<hub::departure> hub::remove(connection_id id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return std::nullopt;
  auto& c = found->second;
  std::optional<departure> gone;
  if (c.admitted) gone = departure{c.who, !connected_as(c.who, &c), std::move(c.what.terminals)};
  forget(by_user_, c.who.caller.user, &c);
  if (c.who.caller.device) forget(by_device_, *c.who.caller.device, &c);
  connections_.erase(found);
  changed();
  if (gone && gone->who.caller.device)
    if (const auto* other = find_device(*gone->who.caller.device))
      std::erase_if(gone->terminals, [&](const auto& ours) {
        return std::ranges::any_of(other->what.terminals,
                                   [&](const auto& theirs) { return theirs.name == ours.name; });
      });
  if (gone && gone->who.caller.device && gone->last) {
    std::vector<std::string> hopeless;
    for (const auto& [event, waiting] : awaited_)
      if (waiting.device == *gone->who.caller.device) hopeless.push_back(event);
    for (const auto& event : hopeless) cancel_ack(event);
  }
  return gone;
}

void hub::send_to(connection& to, const wire::event& original, std::optional<std::int64_t> seq) {
  if (to.closing) return;
  if (!to.admitted) {
    if (to.waiting.size() < kept_max) return to.waiting.push_back({original, seq});
    close(to, close_code::policy, errc::busy, "too much happened while you connected");
    return;
  }
  auto event = original;
  if (event.to.empty())
    event.to =
        to.who.caller.device ? "device:" + to.who.caller.device->str() : "user:" + to.who.caller.user.str();
  event.seq = seq;
  fill(event);
  send_text(to, wire::render_event(event));
}

void hub::fill(wire::event& event) const {
  if (event.id.empty()) event.id = new_event_id_().str();
  if (event.timestamp.empty()) event.timestamp = format_rfc3339(now_());
  if (event.from.empty()) event.from = "server";
}

void hub::send_text(connection& to, std::string text) {
  if (to.out->send(std::move(text))) return;
  log::warn("ws", "slow consumer cut: user={}", to.who.caller.username);
  to.closing = true;
  changed();
  to.out->close(close_code::policy, "slow_consumer");
}

void hub::deliver(models::outgoing out) {
  auto& event = out.event;
  event.seq.reset();
  // One id for all copies, so that a client with two connections can tell them as the same event.
  fill(event);
  // What reads the same for everybody is rendered once.
  std::string same_text;
  const auto give = [&](connection& c, std::optional<std::int64_t> seq) {
    if (seq || event.to.empty() || !counts(c)) return send_to(c, event, seq);
    if (same_text.empty()) same_text = wire::render_event(event);
    send_text(c, same_text);
  };
  for (std::size_t i = 0; i < out.users.size(); ++i) {
    const auto found = by_user_.find(out.users[i]);
    if (found == by_user_.end()) continue;
    const auto seq = i < out.seqs.size() ? std::optional(out.seqs[i]) : std::nullopt;
    for (auto* c : found->second)
      if ((!out.except || c->who.caller.device != out.except) && (out.to_agents || c->who.kind != "agent"))
        give(*c, seq);
  }
  for (const auto& device : out.devices) {
    const auto found = by_device_.find(device);
    if (found == by_device_.end() || device == out.except) continue;
    for (auto* c : found->second)
      if (std::ranges::find(out.users, c->who.caller.user) == out.users.end()) give(*c, std::nullopt);
  }
}

void hub::deliver(models::effects effects) {
  for (auto& out : effects.events) deliver(std::move(out));
  for (const auto& whom : effects.disconnects) disconnect(whom);
  for (const auto& session : effects.activities) tell_activity(activities_.note(session));
}

void hub::expire_activities() {
  tell_activity(activities_.expire(now_()));
}

void hub::tell_activity(const std::vector<device_id>& devices) {
  if (!devices.empty()) changed();
  for (const auto& device : devices)
    if (const auto* c = find_device(device); c != nullptr && activity_told_) activity_told_(c->who);
}

void hub::disconnect(const models::disconnect& whom) {
  if (!whom.user && !whom.device && !whom.login) return;
  for (auto& [id, c] : connections_) {
    const auto& caller = c.who.caller;
    const bool matches = (!whom.user || caller.user == *whom.user) &&
                         (!whom.device || caller.device == whom.device) &&
                         (!whom.login || caller.login == *whom.login);
    if (matches) close(c, close_code::policy, code_of(whom.reason), "this connection may not go on");
  }
}

void hub::send(connection_id id, wire::event event) {
  if (const auto found = connections_.find(id); found != connections_.end())
    send_to(found->second, event, event.seq);
}

void hub::close(connection& c, close_code code, errc why, std::string_view message) {
  if (c.closing) return;
  wire::event event;
  event.type = "system.error";
  event.payload =
      wire::make_payload(wire::error_info{std::string(word(why)), std::string(message), std::nullopt});
  c.admitted = true;  // it will never be greeted; what is told now is told at once
  c.waiting.clear();
  send_to(c, event, std::nullopt);
  c.closing = true;
  changed();
  c.out->close(code, word(why));
}

bool hub::connected_as(const identity& who, const connection* except) const {
  const auto found = by_user_.find(who.caller.user);
  return found != by_user_.end() && std::ranges::any_of(found->second, [&](const connection* c) {
           return c != except && counts(*c) && same_place(c->who, who);
         });
}

hub::connection* hub::find_device(const device_id& device) {
  return const_cast<connection*>(std::as_const(*this).find_device(device));
}

const hub::connection* hub::find_device(const device_id& device) const {
  const auto found = by_device_.find(device);
  if (found == by_device_.end()) return nullptr;
  // The newest connection speaks for the device.
  for (auto at = found->second.rbegin(); at != found->second.rend(); ++at)
    if (counts(**at)) return *at;
  return nullptr;
}

const identity* hub::who(connection_id id) const {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : &found->second.who;
}

std::size_t hub::connections_of(const user_id& user) const {
  const auto found = by_user_.find(user);
  return found == by_user_.end() ? 0 : found->second.size();
}

std::vector<login_id> hub::logins() const {
  std::set<login_id> once;
  for (const auto& [id, c] : connections_)
    if (!c.closing) once.insert(c.who.caller.login);
  return {once.begin(), once.end()};
}

void hub::set_status(const user_id& user, const device_id& device, const std::string& status) {
  const auto found = by_device_.find(device);
  if (found == by_device_.end()) return;
  for (auto* c : found->second)
    if (c->who.caller.user == user) c->who.status = status;
  changed();
}

void hub::update_candidates(const device_id& device, wire::p2p_candidates said) {
  auto* found = find_device(device);
  if (found == nullptr || said.gen < found->what.candidates_gen) return;
  found->what.candidates = std::move(said.candidates);
  found->what.candidates_gen = said.gen;
  if (said.webtransport) found->what.webtransport = std::move(said.webtransport);
  changed();
}

void hub::set_terminal(const device_id& device, wire::terminal_offer offer) {
  auto* found = find_device(device);
  if (found == nullptr) return;
  auto& terminals = found->what.terminals;
  std::erase_if(terminals, [&](const auto& before) { return before.name == offer.name; });
  if (!offer.ended) terminals.push_back(std::move(offer));
  changed();
}

std::shared_ptr<const models::presence> hub::presence() const {
  if (presence_) return presence_;
  auto picture = std::make_shared<models::presence>();
  for (const auto& [id, c] : connections_) {
    if (!counts(c)) continue;
    const auto& caller = c.who.caller;
    auto& without_device = picture->users[caller.user];
    if (caller.device)
      picture->devices.insert_or_assign(
          *caller.device, models::online_device{caller.user, c.who.kind, c.what.quic_port, c.what.candidates,
                                                c.who.remote_address, c.who.status, c.what.webtransport,
                                                activities_.of(*caller.device), c.what.terminals});
    else if (!without_device.contains(c.who.kind))
      without_device.insert(c.who.kind);
  }
  presence_ = std::move(picture);
  return presence_;
}

void hub::expect_ack(std::string event_id, device_id device, std::function<void(bool)> done) {
  awaited_.insert_or_assign(std::move(event_id), awaited{std::move(device), std::move(done)});
}

void hub::acknowledge(const device_id& device, const std::string& event_id) {
  const auto found = awaited_.find(event_id);
  if (found == awaited_.end() || found->second.device != device) return;
  const auto done = std::move(found->second.done);
  awaited_.erase(found);
  done(true);
}

void hub::cancel_ack(const std::string& event_id) {
  const auto found = awaited_.find(event_id);
  if (found == awaited_.end()) return;
  const auto done = std::move(found->second.done);
  awaited_.erase(found);
  done(false);
}

void hub::close_all(close_code code, std::string_view reason) {
  for (auto& [id, c] : connections_) {
    if (c.closing) continue;
    c.closing = true;
    c.out->close(code, reason);
  }
  changed();
}

}  // namespace mesh::ws
