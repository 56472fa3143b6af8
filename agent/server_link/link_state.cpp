#include "agent/server_link/link_state.hpp"

#include <utility>

#include <fmt/format.h>

namespace mesh::server_link {
namespace {

// After another process took over: long enough not to fight for the connection.
constexpr auto replaced_delay = std::chrono::milliseconds(60'000);

bool needs_sign_in(errc code) {
  switch (code) {
    case errc::not_logged_in:
    case errc::auth_token_expired:
    case errc::unauthorized:
    case errc::refresh_reused:
    case errc::device_proof_required:
    case errc::device_proof_invalid:
    case errc::device_taken:
    case errc::device_revoked:
    case errc::invalid_credentials:
    case errc::forbidden:
    case errc::server_key_changed:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string_view to_string(link_phase phase) noexcept {
  switch (phase) {
    case link_phase::signed_out:
      return "signed_out";
    case link_phase::connecting:
      return "connecting";
    case link_phase::greeting:
      return "greeting";
    case link_phase::online:
      return "online";
    case link_phase::waiting:
      return "waiting";
  }
  return "waiting";
}

wire::event link_state::connected(const hello_facts& facts, std::string id, wall_time now) {
  phase_ = link_phase::greeting;
  replaced_ = false;
  wire::system_hello hello;
  hello.device_id = device_id(facts.device_id);
  hello.kind = "agent";
  hello.version = MESH_VERSION;
  hello.since = since_;
  hello.quic_port = facts.quic_port;
  hello.candidates = facts.candidates;
  hello.public_key = facts.public_key;
  hello.webtransport = facts.webtransport;
  wire::event e;
  e.type = "system.hello";
  e.id = std::move(id);
  e.timestamp = format_rfc3339(now);
  e.to = "server";
  e.payload = wire::make_payload(hello);
  return e;
}

std::vector<step> link_state::received(std::string_view text,
                                       const std::vector<wire::signing_key_info>& pinned, wall_time now) {
  auto parsed = wire::parse_event(text);
  if (!parsed)
    return {give_up{{errc::server_error, "an event that makes no sense: " + parsed.error().detail, {}}}};
  auto& e = *parsed;
  if (e.type == "system.welcome") return welcomed(e, pinned, now);
  if (e.type == "system.error") {
    const auto told = wire::payload_of<wire::error_info>(e);
    const auto code = told ? code_of(told->code) : errc::internal;
    if (code == errc::conflict && !e.reply_to) {
      replaced_ = true;
      return {give_up{{errc::conflict, "another mesh-agent is connected as this device", {}}}};
    }
    if (phase_ == link_phase::greeting)
      return {give_up{{code, told ? told->message : std::string("the server refused the connection"), {}}}};
  }
  if (e.type == "system.resync") since_.reset();
  if (e.seq) {
    if (since_ && *e.seq <= *since_) return {};
    since_ = e.seq;
  }
  return {deliver_event{std::move(e)}};
}

std::vector<step> link_state::welcomed(const wire::event& e,
                                       const std::vector<wire::signing_key_info>& pinned, wall_time now) {
  auto welcome = wire::payload_of<wire::system_welcome>(e);
  if (!welcome)
    return {give_up{
        {errc::server_error, fmt::format("its welcome is not understood: {}", welcome.error().detail), {}}}};
  now_online online{std::move(*welcome), std::nullopt};
  const auto& announced = online.welcome.server.signing_keys;
  if (pinned.empty()) {
    online.pins = announced;
  } else if (const auto same = check_pins(pinned, announced); !same) {
    return {give_up{same.error()}};
  }
  if (const auto time = parse_rfc3339(online.welcome.server.time)) clock_offset_ = *time - now;
  // The durable events after `since` follow one by one; without a since, the log begins here.
  if (!since_) since_ = online.welcome.seq;
  phase_ = link_phase::online;
  last_error_.reset();
  backoff_.reset();
  return {std::move(online)};
}

std::optional<wire::event> link_state::acknowledgement(const wire::event& delivered) {
  const bool awaited = delivered.type == "p2p.session.created" || delivered.type == "p2p.relay.created";
  if (!awaited || delivered.id.empty()) return std::nullopt;
  wire::event ack;
  ack.type = "system.ack";
  ack.to = "server";
  ack.payload = wire::make_payload(wire::system_ack{delivered.id});
  return ack;
}

after_loss link_state::lost(const mesh::error& reason, std::uint32_t random) {
  last_error_ = reason;
  if (needs_sign_in(reason.code)) {
    phase_ = link_phase::signed_out;
    return sign_in_needed{};
  }
  phase_ = link_phase::waiting;
  if (replaced_) return try_again{replaced_delay};
  return try_again{backoff_.next(random)};
}

void link_state::forget() {
  since_.reset();
  last_error_.reset();
  backoff_.reset();
}

}  // namespace mesh::server_link
