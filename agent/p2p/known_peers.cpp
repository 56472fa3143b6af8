#include "agent/p2p/known_peers.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>

#include <fmt/format.h>

namespace mesh::p2p {
namespace {

constexpr std::string_view first_line = "mesh-peers/1";
// A text that was cut short would forget peers, so the last line says that nothing is missing.
constexpr std::string_view last_line = "end";

bool is_fingerprint(std::string_view text) {
  return text.size() == 64 &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool read_time(std::string_view text, wall_time& to) {
  std::int64_t ms = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), ms);
  to = from_unix_milliseconds(ms);
  return failure == std::errc() && end == text.data() + text.size();
}

}  // namespace

result<known_peers> known_peers::restore(std::string_view saved) {
  known_peers out;
  std::istringstream lines{std::string(saved)};
  std::string line;
  if (!std::getline(lines, line) || line != first_line)
    return fail(errc::state_unreadable, "the list of known peers is damaged");
  while (std::getline(lines, line) && line != last_line) {
    std::istringstream words(line);
    std::string since, key, device, more;
    known_peer peer;
    if (!(words >> since >> key >> device) || words >> more || !read_time(since, peer.since) ||
        !is_fingerprint(key) || !valid_device_id(device))
      return fail(errc::state_unreadable, "the list of known peers is damaged");
    peer.key_sha256 = std::move(key);
    out.peers_.insert_or_assign(mesh::device_id(device), std::move(peer));
  }
  if (line != last_line) return fail(errc::state_unreadable, "the list of known peers is cut short");
  return out;
}

std::string known_peers::serialise() const {
  auto text = fmt::format("{}\n", first_line);
  for (const auto& [device, peer] : peers_)
    text += fmt::format("{} {} {}\n", unix_milliseconds(peer.since), peer.key_sha256, device.str());
  return text + fmt::format("{}\n", last_line);
}

result<void> known_peers::check(const mesh::device_id& device, std::string_view key_sha256) const {
  const auto known = peers_.find(device);
  if (known == peers_.end() || known->second.key_sha256 == key_sha256) return {};
  return fail(errc::peer_key_changed, device.str(), "device_id");
}

result<void> known_peers::meet(const mesh::device_id& device, std::string_view key_sha256, wall_time now) {
  if (peers_.contains(device)) return check(device, key_sha256);
  make_room();
  peers_.emplace(device, known_peer{std::string(key_sha256), now});
  return kept();
}

result<void> known_peers::accept(const mesh::device_id& device, std::string_view key_sha256, wall_time now) {
  if (!is_fingerprint(key_sha256))
    return fail(errc::field_invalid, "64 hex digits are expected", "key_sha256");
  const auto before = peers_;
  if (!peers_.contains(device)) make_room();
  peers_.insert_or_assign(device, known_peer{std::string(key_sha256), now});
  auto done = kept();
  if (!done) peers_ = before;
  return done;
}

void known_peers::make_room() {
  while (peers_.size() >= peers_max)
    peers_.erase(std::ranges::min_element(peers_, {}, [](const auto& entry) { return entry.second.since; }));
}

}  // namespace mesh::p2p
