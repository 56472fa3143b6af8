#include "agent/app/commands.hpp"
#include "agent/app/peer_choice.hpp"
#include "agent/app/peer_requests.hpp"
#include "agent/app/short_code.hpp"
#include "agent/app/table.hpp"
#include "agent/app/terminal.hpp"
#include "core/base/escape.hpp"
#include "core/net/http.hpp"
#include "core/text/catalogue.hpp"
#include "core/wire/rest_bodies.hpp"

#include <algorithm>

namespace mesh::app {
namespace {

using text::tr;

result<wire::device_list> peers(asker& agent) {
  return agent.get<wire::device_list>("/api/devices?scope=peers");
}

struct own_identity {
  std::string device_id;
  std::string key_sha256;
};

result<own_identity> own_device(asker& agent) {
  auto status = agent.ask("status", {});
  if (!status) return pass(status);
  return own_identity{std::string(status->at("device_id").as_string()),
                      std::string(status->at("key_sha256").as_string())};
}

result<known_peer_list> known_to(asker& agent) {
  auto list = agent.ask("known_peers", {});
  if (!list) return pass(list);
  return wire::from_json<known_peer_list>(wire::json_value(std::move(*list)));
}

// What this machine remembers of a device's key, against what the server says of it now.
enum class memory { none, same, changed };
BOOST_DESCRIBE_ENUM(memory, none, same, changed)

const known_peer_info* find_known(const known_peer_list& known, const wire::device_info& device) {
  const auto found = std::ranges::find(known.peers, device.device_id.str(), &known_peer_info::device_id);
  return found == known.peers.end() ? nullptr : &*found;
}

memory memory_of(const known_peer_list& known, const wire::device_info& device) {
  const auto* const found = find_known(known, device);
  if (found == nullptr) return memory::none;
  return found->key_sha256 == device.key_sha256 ? memory::same : memory::changed;
}

// A device as the server shows it now and as this machine remembers it.
struct seen_device {
  wire::device_info peer;
  own_identity own;
  memory remembered = memory::none;
  std::string since;

  std::string code() const { return short_code(own.key_sha256, peer.key_sha256); }
};

result<seen_device> look_at(asker& agent, const std::string& wanted) {
  auto list = peers(agent);
  if (!list) return pass(list);
  auto own = own_device(agent);
  if (!own) return pass(own);
  auto peer = choose_peer(list->devices, wanted, own->device_id);
  if (!peer) return pass(peer);
  const auto known = known_to(agent);
  if (!known) return std::unexpected(known.error());
  const auto* const found = find_known(*known, *peer);
  const auto remembered = memory_of(*known, *peer);
  return seen_device{std::move(*peer), std::move(*own), remembered, found == nullptr ? "" : found->since};
}

}  // namespace

result<void> list_devices(context& c) {
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  auto list = peers(**agent);
  if (!list) return pass(list);
  if (c.asked.json) {
    print_json(wire::to_json(*list));
    return {};
  }
  const auto own = own_device(**agent);
  if (!own) return std::unexpected(own.error());
  const auto known = known_to(**agent);
  if (!known) return std::unexpected(known.error());
  table out({tr("devices.head"), tr("devices.owner"), tr("devices.kind"), tr("devices.state")});
  for (const auto& d : list->devices) {
    auto state = tr(d.online ? "devices.online" : "devices.offline");
    if (d.device_id.str() == own->device_id) state += ", " + tr("devices.this");
    if (memory_of(*known, d) == memory::changed) state += ", " + tr("devices.changed");
    out.add({d.device_id.str(), d.username, d.kind, state});
  }
  print(out.empty() ? tr("devices.none") + "\n" : out.str());
  return {};
}

result<void> verify_device(context& c) {
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  const auto seen = look_at(**agent, c.asked.to);
  if (!seen) return std::unexpected(seen.error());
  const auto& peer = seen->peer;
  if (c.asked.json) {
    print_json({{"device_id", peer.device_id.str()},
                {"key_sha256", peer.key_sha256},
                {"code", seen->code()},
                {"memory", wire::word_of(seen->remembered)}});
    return {};
  }
  print(tr("devices.verify", peer.device_id.str(), escape_controls(peer.username), seen->code(),
           seen->own.device_id) +
        "\n");
  if (seen->remembered == memory::changed)
    print(tr("devices.verify.changed", peer.device_id.str(), seen->since) + "\n");
  return {};
}

result<void> accept_device(context& c) {
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  const auto seen = look_at(**agent, c.asked.to);
  if (!seen) return std::unexpected(seen.error());
  const auto& peer = seen->peer;
  const auto name = peer.device_id.str();
  if (seen->remembered == memory::same) {
    print(tr("devices.accept.same", name) + "\n");
    return {};
  }
  if (!c.asked.yes) {
    if (!is_terminal(0)) return fail(errc::usage, "without a terminal, --yes is needed", "--yes");
    print(tr("devices.verify", name, escape_controls(peer.username), seen->code(), seen->own.device_id) +
          "\n\n");
    if (!ask_yes(tr("devices.accept.ask", name))) return fail(errc::canceled);
  }
  const auto done = (*agent)->ask("accept_peer", {{"device_id", name}, {"key_sha256", peer.key_sha256}});
  if (!done) return std::unexpected(done.error());
  print(tr("devices.accept.done", name) + "\n");
  return {};
}

result<void> confirm_device(context& c) {
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  const auto who = (*agent)->post<wire::device_lookup_answer>("/api/auth/device/lookup",
                                                              wire::device_lookup_request{c.asked.code});
  if (!who) return std::unexpected(who.error());
  // Without a terminal the person has typed the code already, which is the consent.
  const bool approve = !is_terminal(0) || ask_yes(tr("devices.confirm.ask", who->device_id.str(),
                                                     escape_controls(who->name), escape_controls(who->ip)));
  const auto done = (*agent)->post<wire::device_confirm_answer>(
      "/api/auth/device/confirm", wire::device_confirm_request{c.asked.code, approve});
  if (!done) return std::unexpected(done.error());
  print(tr(approve ? "devices.confirm.done" : "devices.confirm.refused", done->device_id.str()) + "\n");
  return {};
}

result<void> add_device(context& c) {
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  const auto code = (*agent)->post<wire::enroll_code_answer>("/api/devices/enroll-code", wire::empty_body{});
  if (!code) return std::unexpected(code.error());
  if (c.asked.json) {
    print_json(wire::to_json(*code));
    return {};
  }
  auto status = (*agent)->ask("status", {});
  if (!status) return pass(status);
  print(tr("devices.add.done", code->code, std::string(status->at("server_url").as_string()),
           code->expires_at) +
        "\n");
  return {};
}

result<void> remove_device(context& c) {
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  auto done = (*agent)->ask(
      "rest", {{"method", "DELETE"}, {"path", "/api/devices/" + net::percent_encode(c.asked.to)}});
  if (!done && done.error().code == errc::not_found) return fail(errc::peer_unknown, c.asked.to);
  if (!done) return pass(done);
  print(tr("devices.remove.done", c.asked.to) + "\n");
  return {};
}

}  // namespace mesh::app
