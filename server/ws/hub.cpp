#include "server/ws/hub.hpp"

#include "core/base/log.hpp"

#include <algorithm>
#include <utility>

namespace mesh::ws {

hub::hub(std::function<wall_time()> now, std::function<event_id()> new_event_id)
    : now_(std::move(now)), new_event_id_(std::move(new_event_id)) {}

connection_id hub::add(identity who, announced what, link& out) {
  if (who.device && who.kind == "agent")
    for (auto& [id, old] : connections_)
      if (old.who.device == who.device && old.who.kind == "agent")
        close(old, close_code::policy, errc::conflict, "this device connected again from elsewhere");
  const auto id = ++last_id_;
  connections_.emplace(id, connection{std::move(who), std::move(what), &out});
  return id;
}

bool hub::remove(connection_id id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return false;
  const auto user = found->second.who.user;
  connections_.erase(found);
  return !online(user);
}

void hub::send_to(connection& to, wire::event event, std::optional<std::int64_t> seq) {
  if (to.closing) return;
  if (event.id.empty()) event.id = new_event_id_().str();
  if (event.timestamp.empty()) event.timestamp = format_rfc3339(now_());
  if (event.from.empty()) event.from = "server";
  if (event.to.empty())
    event.to = to.who.device ? "device:" + to.who.device->str() : "user:" + to.who.user.str();
  event.seq = seq;
  if (to.out->send(wire::render_event(event))) return;
  log::warn("ws", "slow consumer cut: user={}", to.who.username);
  to.closing = true;
  to.out->close(close_code::policy, "slow_consumer");
}

void hub::deliver(const models::outgoing& out) {
  // One id for all copies, so that a client with two connections can tell them as the same event.
  auto event = out.event;
  if (event.id.empty()) event.id = new_event_id_().str();
  for (auto& [id, c] : connections_) {
    if (out.except && c.who.device == out.except) continue;
    if (c.who.device && std::ranges::find(out.devices, *c.who.device) != out.devices.end()) {
      send_to(c, event, std::nullopt);
      continue;
    }
    const auto user = std::ranges::find(out.users, c.who.user);
    if (user == out.users.end()) continue;
    const auto index = static_cast<std::size_t>(user - out.users.begin());
    send_to(c, event, index < out.seqs.size() ? std::optional(out.seqs[index]) : std::nullopt);
  }
}

void hub::deliver(const models::effects& effects) {
  for (const auto& out : effects.events) deliver(out);
  for (const auto& whom : effects.disconnects) disconnect(whom);
}

void hub::disconnect(const models::disconnect& whom) {
  if (!whom.user && !whom.device && !whom.login) return;
  for (auto& [id, c] : connections_) {
    const bool matches = (!whom.user || c.who.user == *whom.user) &&
                         (!whom.device || c.who.device == whom.device) &&
                         (!whom.login || c.who.login == *whom.login);
    if (matches) close(c, close_code::policy, code_of(whom.reason), "this connection may not go on");
  }
}

void hub::send(connection_id id, wire::event event) {
  if (const auto found = connections_.find(id); found != connections_.end())
    send_to(found->second, std::move(event), event.seq);
}

void hub::close(connection& c, close_code code, errc why, std::string_view message) {
  if (c.closing) return;
  wire::event event;
  event.type = "system.error";
  event.payload =
      wire::make_payload(wire::error_info{std::string(word(why)), std::string(message), std::nullopt});
  send_to(c, std::move(event), std::nullopt);
  c.closing = true;
  c.out->close(code, word(why));
}

bool hub::online(const user_id& user) const {
  return std::ranges::any_of(connections_, [&](const auto& entry) {
    return entry.second.who.user == user && !entry.second.closing;
  });
}

hub::connection* hub::find_device(const device_id& device) {
  return const_cast<connection*>(std::as_const(*this).find_device(device));
}

const hub::connection* hub::find_device(const device_id& device) const {
  // The newest connection speaks for the device.
  const connection* newest = nullptr;
  for (const auto& [id, c] : connections_)
    if (c.who.device == device && !c.closing) newest = &c;
  return newest;
}

bool hub::online(const device_id& device) const {
  return find_device(device) != nullptr;
}

const announced* hub::announced_by(const device_id& device) const {
  const auto* found = find_device(device);
  return found == nullptr ? nullptr : &found->what;
}

std::string hub::address_of(const device_id& device) const {
  const auto* found = find_device(device);
  return found == nullptr ? std::string() : found->who.remote_address;
}

void hub::update_candidates(const device_id& device, std::vector<wire::candidate> candidates,
                            std::int64_t gen) {
  auto* found = find_device(device);
  if (found == nullptr || gen < found->what.candidates_gen) return;
  found->what.candidates = std::move(candidates);
  found->what.candidates_gen = gen;
}

std::vector<wire::present_device> hub::present_devices(const user_id& user) const {
  std::vector<wire::present_device> present;
  for (const auto& [id, c] : connections_) {
    if (c.who.user != user || c.closing) continue;
    const auto same = [&](const wire::present_device& d) {
      return d.device_id == c.who.device && (c.who.device || d.kind == c.who.kind);
    };
    if (std::ranges::none_of(present, same)) present.push_back({c.who.device, c.who.kind});
  }
  return present;
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
}

}  // namespace mesh::ws
