// What an agent says of itself.
#pragma once
#include "core/wire/json.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace mesh::app {

// link: see server_link::to_string(link_phase). key_sha256: fingerprint of the device key. quic_port: 0 while
// the data plane is not open. confined: it can write into its own folders only (Landlock).
struct status_report {
  bool running = false;
  std::int64_t pid = 0;
  std::string version;
  std::string device_id;
  std::string key_sha256;
  std::string server_url;
  bool signed_in = false;
  std::string username;
  std::string link;
  std::optional<std::string> link_error;
  std::uint16_t quic_port = 0;
  std::int64_t sessions = 0;
  std::int64_t transfers_running = 0;
  std::int64_t transfers_waiting = 0;
  std::int64_t uptime_seconds = 0;
  bool confined = false;
};
BOOST_DESCRIBE_STRUCT(status_report, (),
                      (running, pid, version, device_id, key_sha256, server_url, signed_in, username, link,
                       link_error, quic_port, sessions, transfers_running, transfers_waiting, uptime_seconds,
                       confined))

// For people. The account apart from all else, for only the server knows what it is called now.
std::string in_words(const status_report& s);
std::string account_in_words(const status_report& s);

}  // namespace mesh::app
