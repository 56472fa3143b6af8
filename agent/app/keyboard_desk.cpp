#include "agent/app/keyboard_desk.hpp"

#include "core/base/limits.hpp"
#include "core/base/log.hpp"
#include "core/crypto/random.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace mesh::app {
namespace {

constexpr std::string_view module = "terminal";
constexpr std::string_view prefix = "terminal.control.";

std::string word_of(terminal::lease_end why) {
  switch (why) {
    case terminal::lease_end::over:
      return "over";
    case terminal::lease_end::idle:
      return "idle";
    case terminal::lease_end::vanished:
      break;
  }
  return "vanished";
}

}  // namespace

keyboard_desk::keyboard_desk(server_side server, std::function<const keyboard_rules&()> rules,
                             std::function<std::string()> sharer, terminals among)
    : server_(std::move(server)),
      rules_(std::move(rules)),
      sharer_(std::move(sharer)),
      among_(std::move(among)) {}

// -- what others say

bool keyboard_desk::take_event(const wire::event& event) {
  if (event.type == "system.error") return take_refusal(event);
  if (!event.type.starts_with(prefix)) return false;
  const auto said = wire::payload_of<wire::terminal_control>(event);
  auto* t = said ? among_.with_viewer(said->session_id) : nullptr;
  if (t == nullptr) return false;
  const auto what = std::string_view(event.type).substr(prefix.size());
  if (what == "granted") take_grant(*t, *said);
  if (what == "revoked") take_revocation(*t, *said);
  if (what == "request") {
    const auto& who = *t->host->find(said->session_id);
    if (event.from == "device:" + who.device.str())
      take_request(*t, who);
    else
      log::warn(module, "{} of {} is ignored: it is not of the viewer", event.type, event.from);
  }
  return true;
}

void keyboard_desk::take_request(shared_terminal& t, const terminal::viewer_identity& who) {
  if (!who.control) {
    say("denied", who.device,
        {.session_id = who.session, .user_id = who.user, .name = t.name, .reason = "capability_denied"});
    return;
  }
  log::info(module, "{} asks for the keyboard of {}", who.name, t.name);
  const auto* rule = rules_().find({who.device, who.key_sha256, who.user}, t.name);
  // A rule takes the keyboard from nobody.
  if (rule != nullptr && !t.host->controller()) {
    log::info(module, "a standing rule gives {} the keyboard of {} for {} minutes", who.name, t.name,
              rule->minutes);
    if (grant(t, who, std::chrono::minutes(rule->minutes), false, true)) return;
  }
  t.asks.ask({who.session, who.device, who.name, steady_now() + limits::terminal_ask_timeout});
  t.tell_window();
}

// Whatever the server says, nobody types whom the sharer did not allow, and nobody longer than that.
void keyboard_desk::take_grant(shared_terminal& t, const wire::terminal_control& said) {
  const auto& who = *t.host->find(said.session_id);
  const auto consent = t.asks.begin(said.session_id);
  if (!consent || !said.epoch || said.name != t.name) {
    log::warn(module, "a grant of the keyboard of {} is ignored: nobody here allowed it", t.name);
    say("revoked", who.device,
        {.session_id = who.session, .user_id = who.user, .name = t.name, .reason = "refused"});
    return;
  }
  const auto given = t.host->grant(said.session_id, static_cast<std::uint32_t>(*said.epoch),
                                   steady_now() + consent->life, consent->line_only);
  t.by_rule = given && consent->by_rule;
  if (!given) {
    log::warn(module, "{} cannot have the keyboard of {}: {}", who.name, t.name, given.error().detail);
    say("revoked", who.device,
        {.session_id = who.session, .user_id = who.user, .name = t.name, .reason = "refused"});
  } else {
    log::info(module, "{} has the keyboard of {}", who.name, t.name);
    t.mark_author(who.name);
  }
  t.tell_window();
}

void keyboard_desk::ended(shared_terminal& t) {
  t.by_rule = false;
  t.mark_author(sharer_());
}

// Given back by the viewer, taken by an owner, or ended by the server. What is told of an older lease is
// over.
void keyboard_desk::take_revocation(shared_terminal& t, const wire::terminal_control& said) {
  t.asks.forget(said.session_id);
  const auto has = t.host->controller();
  if (has && has->session == said.session_id && (!said.epoch || *said.epoch >= t.host->gate().epoch())) {
    t.host->revoke();
    log::info(module, "{} no longer has the keyboard of {} ({})", has->name, t.name,
              said.reason.value_or("revoked"));
    ended(t);
  }
  t.tell_window();
}

bool keyboard_desk::take_refusal(const wire::event& event) {
  if (!event.reply_to) return false;
  bool ours = false;
  among_.each([&](shared_terminal& t) {
    const auto refused = t.asks.refuse(*event.reply_to);
    if (!refused) return;
    ours = true;
    const auto told = wire::payload_of<wire::error_info>(event);
    log::warn(module, "the server refuses the keyboard of {}: {}", t.name, told ? told->code : "");
    if (const auto* who = t.host->find(refused->session))
      say("denied", who->device,
          {.session_id = who->session,
           .user_id = who->user,
           .name = t.name,
           .reason = told ? told->code : ""});
    t.tell_window();
  });
  return ours;
}

// -- what the sharer says

result<void> keyboard_desk::grant(shared_terminal& t, const terminal::viewer_identity& who,
                                  std::chrono::minutes life, bool line_only, bool by_rule) {
  const auto id = crypto::new_id<event_tag>().str();
  t.asks.consent({who.session, life, line_only, by_rule, id});
  if (say("granted", who.device,
          {.session_id = who.session,
           .user_id = who.user,
           .name = t.name,
           .epoch = t.host->gate().epoch(),
           .expires_at = format_rfc3339(server_.now() + life)},
          id))
    return {};
  (void)t.asks.refuse(id);
  return fail(errc::server_unreachable);
}

result<void> keyboard_desk::allow(shared_terminal& t, std::string_view viewer, std::chrono::minutes life,
                                  bool line_only) {
  const auto asked = t.asks.take(viewer);
  if (!asked) return fail(errc::conflict, "nobody asked for the keyboard", "viewer");
  const auto* who = t.host->find(asked->session);
  if (who == nullptr) return fail(errc::conflict, "this viewer has gone", "viewer");
  auto given = grant(t, *who, life, line_only, false);
  if (!given) t.asks.ask(*asked);
  return given;
}

void keyboard_desk::deny(shared_terminal& t, std::string_view viewer, std::string_view reason) {
  const auto asked = t.asks.take(viewer);
  if (!asked) return;
  if (const auto* who = t.host->find(asked->session))
    say("denied", who->device,
        {.session_id = who->session, .user_id = who->user, .name = t.name, .reason = std::string(reason)});
}

void keyboard_desk::revoke(shared_terminal& t, std::string_view reason) {
  t.asks.forget_consents();
  take_back(t, reason);
}

void keyboard_desk::take_back(shared_terminal& t, std::string_view reason) {
  const auto had = t.host->revoke();
  if (!had) return;
  log::info(module, "The keyboard of {} was taken back from {}", t.name, had->name);
  ended(t);
  say("revoked", had->device,
      {.session_id = had->session, .user_id = had->user, .name = t.name, .reason = std::string(reason)});
}

void keyboard_desk::viewers_changed(shared_terminal& t) {
  const auto viewers = t.host->viewers();
  const auto looks = [&](const mesh::session_id& session) {
    return std::ranges::any_of(viewers,
                               [&](const auto& v) { return v.watching && v.who.session == session; });
  };
  t.asks.forget_unless(looks);
  if (const auto has = t.host->controller(); has && !looks(has->session)) take_back(t, "released");
}

// -- time

void keyboard_desk::expired(shared_terminal& t, const terminal::viewer_identity& who,
                            terminal::lease_end why) {
  log::info(module, "{} no longer has the keyboard of {} ({})", who.name, t.name, word_of(why));
  ended(t);
  say("revoked", who.device,
      {.session_id = who.session, .user_id = who.user, .name = t.name, .reason = word_of(why)});
  t.tell_window();
}

void keyboard_desk::tick(shared_terminal& t) {
  const auto late = t.asks.expire(steady_now());
  for (const auto& one : late)
    if (const auto* who = t.host->find(one.session))
      say("denied", who->device,
          {.session_id = who->session, .user_id = who->user, .name = t.name, .reason = "timed_out"});
  if (!late.empty()) t.tell_window();
}

// To the server, which tells that device; false while it is away.
bool keyboard_desk::say(std::string_view what, const mesh::device_id& to,
                        const wire::terminal_control& payload, std::string id) {
  wire::event event;
  event.type = fmt::format("{}{}", prefix, what);
  event.id = std::move(id);
  event.to = "device:" + to.str();
  event.payload = wire::make_payload(payload);
  return server_.send(std::move(event));
}

}  // namespace mesh::app
