// The decisions of the connection to the server: what to say first, what an event means for the connection,
// and when to try again. No socket and no clock.
#pragma once
#include "agent/server_link/backoff.hpp"
#include "agent/server_link/credentials.hpp"
#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "core/wire/payloads.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace mesh::server_link {

enum class link_phase { signed_out, connecting, greeting, online, waiting };
std::string_view to_string(link_phase phase) noexcept;

// What this machine says of itself in system.hello. public_key: base64url SubjectPublicKeyInfo.
struct hello_facts {
  std::string device_id;
  std::string public_key;
  std::uint16_t quic_port = 0;
  std::vector<wire::candidate> candidates;
  std::optional<wire::webtransport_info> webtransport = {};
};

// One thing to do, in order.
struct send_event {
  wire::event event;
};
struct deliver_event {
  wire::event event;
};
// The server greeted us. pins: keys to remember, when none were pinned before.
struct now_online {
  wire::system_welcome welcome;
  std::optional<std::vector<wire::signing_key_info>> pins;
};
// The connection must be closed.
struct give_up {
  mesh::error reason;
};
using step = std::variant<send_event, deliver_event, now_online, give_up>;

// try_again: after the delay. sign_in_needed: nothing helps but a new sign-in.
struct try_again {
  std::chrono::milliseconds delay;
};
struct sign_in_needed {};
using after_loss = std::variant<try_again, sign_in_needed>;

class link_state {
 public:
  link_phase phase() const { return phase_; }
  // Why there is no connection; nullopt while online and before the first try.
  const std::optional<mesh::error>& last_error() const { return last_error_; }
  // Server time minus ours.
  std::chrono::milliseconds clock_offset() const { return clock_offset_; }

  void signed_out() { phase_ = link_phase::signed_out; }
  void connecting() { phase_ = link_phase::connecting; }
  // The socket is open: the event to send first. id: a fresh event id.
  wire::event connected(const hello_facts& facts, std::string id, wall_time now);
  // One message of the server. Unknown events are delivered: others may know them.
  std::vector<step> received(std::string_view text, const std::vector<wire::signing_key_info>& pinned,
                             wall_time now);
  // The acknowledgement that p2p.session.created waits for, once the session is stored.
  static std::optional<wire::event> acknowledgement(const wire::event& delivered);
  // The connection or the attempt ended.
  after_loss lost(const mesh::error& reason, std::uint32_t random);
  // Another account or server: positions in the old log mean nothing.
  void forget();

 private:
  std::vector<step> welcomed(const wire::event& e, const std::vector<wire::signing_key_info>& pinned,
                             wall_time now);

  link_phase phase_ = link_phase::signed_out;
  std::optional<mesh::error> last_error_;
  std::optional<std::int64_t> since_;
  std::chrono::milliseconds clock_offset_{0};
  backoff backoff_;
  bool replaced_ = false;  // another process of this device took the connection over
};

}  // namespace mesh::server_link
