// Two or more agents in one process, on loopback: what the tests of this folder share.
#pragma once
#include "agent/p2p/quic/p2p_node.hpp"
#include "core/capability/token.hpp"
#include "core/crypto/random.hpp"
#include "core/io/loop.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mesh::quic::test {

using namespace std::chrono_literals;

// Runs the loop until done() holds; false when that takes too long.
bool run_until(io::loop& loop, const std::function<bool()>& done, std::chrono::seconds at_most = 60s);

p2p::shared_bytes shared(bytes data);
p2p::shared_bytes shared(std::string_view text);
// The same for the same seed.
bytes pattern(std::size_t size, std::uint32_t seed = 1);

// Collects what a stream brings and gives it back to the window at once, unless told to hold back.
struct collector final : p2p::stream_handler {
  explicit collector(std::unique_ptr<p2p::byte_stream> s, bytes_view initial = {});

  void on_data(bytes_view data, bool last) override;
  void on_writable() override {
    ++writable_calls;
    if (when_writable) when_writable();
  }
  void on_closed(const error& why) override { closed = why; }

  std::unique_ptr<p2p::byte_stream> stream;
  bytes data;
  std::size_t received = 0;
  bool keep = true;        // data
  bool hold_back = false;  // credit
  bool fin = false;
  int writable_calls = 0;
  std::function<void()> when_writable;
  std::optional<error> closed;
};

// What an agent was told.
struct witness final : p2p::node_observer {
  void on_session_open(const p2p::session_info& s) override { opened.push_back(s); }
  void on_stream(const p2p::session_info& s, std::string_view purpose,
                 std::unique_ptr<p2p::byte_stream> stream, bytes_view initial) override;
  void on_session_paused(const p2p::session_info& s) override { paused.push_back(s.id()); }
  void on_session_resumed(const p2p::session_info& s) override { resumed.push_back(s.id()); }
  void on_renewal_due(const p2p::session_info& s) override { renewals_due.push_back(s.id()); }
  void on_session_closed(const p2p::session_info& s, const error& why) override {
    closed.emplace_back(s.id(), why);
  }

  std::vector<p2p::session_info> opened;
  std::vector<mesh::session_id> paused, resumed, renewals_due;
  std::vector<std::pair<mesh::session_id, error>> closed;
  std::deque<collector> streams;
  std::vector<std::string> purposes;
  std::function<void(collector&)> on_new_stream;
};

// The server of these tests: signs tokens and announces sessions.
struct authority {
  crypto::signing_key key = crypto::signing_key::generate();
  wall_time now = wall_now();

  capability::claims claims(const capability::party& from, const capability::party& to) const;
  std::string sign(const capability::claims& c) const {
    return std::string(capability::issue(c, key).reveal());
  }
};

struct agent {
  agent(io::loop& loop, const authority& server, std::string name);
  // A second agent with the key of another, as after a restart.
  agent(io::loop& loop, const authority& server, std::string name, const crypto::signing_key& device_key,
        std::uint16_t port = 0);

  capability::party party() const;
  p2p::udp_address address() const;

  io::loop& loop;
  std::string name;
  mesh::user_id user = crypto::new_id<user_tag>();
  crypto::signing_key key;
  witness seen;
  std::vector<std::string> saved_replays;
  bool may_save = true;
  std::shared_ptr<p2p::known_peers> known = std::make_shared<p2p::known_peers>();
  std::unique_ptr<p2p_node> node;
};

p2p::announced_session announcement(const capability::claims& c, const std::string& token,
                                    capability::role own);

// Announces at both, connects, and returns the outcome at the initiator.
result<p2p::session_info> open_session(const authority& server, agent& from, agent& to,
                                       const capability::claims& c);

// A stream from one agent to the other in an open session: both ends.
struct stream_pair {
  std::unique_ptr<collector> near;
  collector* far = nullptr;
};
stream_pair open_stream(agent& from, agent& to, const mesh::session_id& id,
                        std::string_view purpose = "file");

}  // namespace mesh::quic::test
