#include "server/services/share_events.hpp"

#include "core/wire/event_types.hpp"
#include "core/wire/terminal_manage.hpp"
#include "server/services/publish.hpp"

#include <algorithm>
#include <array>

namespace mesh::services {
namespace {

constexpr std::string_view agent = "agent";

bool is_agent(const context& c, const models::caller& caller) {
  if (!caller.device) return false;
  const auto* device = c.presence.find(*caller.device, caller.user);
  return device != nullptr && device->kind == agent;
}

bool page_is_open(const context& c, const user_id& user) {
  const auto bare = c.presence.users.find(user);
  if (bare != c.presence.users.end() &&
      std::ranges::any_of(bare->second, [](const auto& k) { return k != agent; }))
    return true;
  return std::ranges::any_of(c.presence.devices, [&](const auto& device) {
    return device.second.user == user && device.second.kind != agent;
  });
}

models::outgoing pass_on(const context& c, const models::caller& caller, const wire::event& event,
                         std::string to) {
  models::outgoing out;
  out.event = make_event(c, event.type, event.payload);
  out.event.from = caller.device ? "device:" + caller.device->str() : "user:" + caller.user.str();
  out.event.to = std::move(to);
  return out;
}

outcome<event_reply> delivering(models::outgoing out) {
  outcome<event_reply> done;
  done.effects.events.push_back(std::move(out));
  return done;
}

constexpr auto actions = std::to_array<std::string_view>(
    {"list", "accept", "refuse", "pause", "resume", "cancel", "retry", "first"});

result<void> check_control(const wire::share_control& wish) {
  if (std::ranges::find(actions, wish.action) == actions.end())
    return fail(errc::field_invalid,
                R"("action" is "list", "accept", "refuse", "pause", "resume", "cancel", "retry" or "first")",
                "payload.action");
  if (wish.action != "list" && wish.transfer_id.value_or("").empty())
    return fail(errc::field_missing, "which transfer?", "payload.transfer_id");
  return {};
}

// The agent that is asked. Errors: as control_transfer.
result<device_id> check_target(context& c, const models::caller& caller, const std::string& to) {
  constexpr std::string_view prefix = "device:";
  if (!to.starts_with(prefix) || to.size() == prefix.size())
    return fail(errc::field_missing, R"("to" names the "device:NAME" that is meant)", "to");
  const device_id target(to.substr(prefix.size()));
  const auto registered = c.tx.devices().find(target);
  if (!registered) return fail(errc::not_found, "there is no device of this name", "to");
  if (registered->user != caller.user)
    return fail(errc::forbidden, "only its own person controls what a machine does", "to");
  const auto* online = c.presence.find(target, caller.user);
  if (online == nullptr) return fail(errc::peer_offline, "this machine is not connected", "to");
  if (online->kind != agent) return fail(errc::field_invalid, "this device is no agent", "to");
  return target;
}

constexpr auto terminal_actions = std::to_array<std::string_view>(
    {"list", "allow", "once", "deny", "fit", "keep", "revoke", "hide", "show"});

result<void> check_wish(const wire::terminal_manage& wish) {
  if (std::ranges::find(terminal_actions, wish.action) == terminal_actions.end())
    return fail(errc::field_invalid,
                R"("action" is "list", "allow", "once", "deny", "fit", "keep", "revoke", "hide" or "show")",
                "payload.action");
  if (wish.action != "list" && wish.name.value_or("").empty())
    return fail(errc::field_missing, "which terminal?", "payload.name");
  return {};
}

// From a page to an agent of its person.
result<outcome<event_reply>> command(context& c, const models::caller& caller, const wire::event& event) {
  // Whoever owns one machine of a person shall not command the others.
  if (is_agent(c, caller)) return fail(errc::forbidden, "an agent does not control another one", "type");
  auto target = check_target(c, caller, event.to);
  if (!target) return std::unexpected(target.error());
  auto out = pass_on(c, caller, event, event.to);
  out.devices = {std::move(*target)};
  return delivering(std::move(out));
}

}  // namespace

result<outcome<event_reply>> report_to_pages(context& c, const models::caller& caller,
                                             const wire::event& event) {
  if (const auto read = wire::find_event_type(event.type)->normalise(event); !read)
    return std::unexpected(in_payload(read.error()));
  if (!is_agent(c, caller)) return fail(errc::forbidden, "only an agent tells of what it does", "type");
  const auto own = "user:" + caller.user.str();
  if (!event.to.empty() && event.to != "server" && event.to != own)
    return fail(errc::forbidden, "this is told to the pages of one's own person only", "to");
  if (!page_is_open(c, caller.user)) return fail(errc::peer_offline, "no page of yours is open", "to");
  auto out = pass_on(c, caller, event, own);
  out.users = {caller.user};
  out.to_agents = false;
  return delivering(std::move(out));
}

result<outcome<event_reply>> control_transfer(context& c, const models::caller& caller,
                                              const wire::event& event) {
  const auto wish = read_payload<wire::share_control>(event);
  if (!wish) return std::unexpected(wish.error());
  if (auto ok = check_control(*wish); !ok) return std::unexpected(ok.error());
  return command(c, caller, event);
}

result<outcome<event_reply>> manage_terminal(context& c, const models::caller& caller,
                                             const wire::event& event) {
  const auto wish = read_payload<wire::terminal_manage>(event);
  if (!wish) return std::unexpected(wish.error());
  if (auto ok = check_wish(*wish); !ok) return std::unexpected(ok.error());
  return command(c, caller, event);
}

}  // namespace mesh::services
