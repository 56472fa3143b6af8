#include "agent/app/home.hpp"

#include "agent/os/atomic_file.hpp"
#include "agent/os/device_key_file.hpp"
#include "agent/os/device_name.hpp"
#include "agent/os/xdg.hpp"
#include "core/base/log.hpp"
#include "core/crypto/random.hpp"

#include <charconv>
#include <unistd.h>

#include <fmt/format.h>

namespace mesh::app {
namespace {

constexpr auto credentials_name = "credentials";
constexpr auto device_id_name = "device_id";
constexpr auto port_name = "quic_port";
constexpr auto key_name = "device_key";
constexpr auto replay_name = "accepted_tokens";
constexpr auto peers_name = "known_peers";

std::string host_name() {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0 || name[0] == '\0') return "machine";
  return name;
}

// "ana-laptop-k7q2": hosts share names more often than one thinks, device ids must not.
std::string new_device_id() {
  constexpr std::string_view letters = "0123456789abcdefghjkmnpqrstvwxyz";
  auto id = os::default_device_id().substr(0, 58) + "-";
  for (int i = 0; i < 4; ++i) id += letters[crypto::random_below(static_cast<std::uint32_t>(letters.size()))];
  return id;
}

result<std::string> device_id_in(const os::private_dir& dir) {
  const auto kept = os::read_private_file(dir, device_id_name);
  if (!kept) return std::unexpected(kept.error());
  if (*kept && valid_device_id((*kept)->reveal())) return std::string((*kept)->reveal());
  auto fresh = new_device_id();
  if (auto saved = os::write_file_atomically(dir, device_id_name, as_bytes(fresh)); !saved)
    return pass(saved);
  return fresh;
}

}  // namespace

result<home> open_home(const config::agent_config& config, const config::environment& variables) {
  auto dir = os::private_dir::open(os::state_dir(variables));
  if (!dir) return pass(dir);
  auto lock = os::lock_file::acquire(*dir);
  if (!lock) return pass(lock);
  const bool new_key = !std::filesystem::exists(dir->path() / key_name);
  auto key = os::load_or_make_device_key(*dir, key_name);
  if (!key) return pass(key);
  // No token for a key that was made just now can have been used; later this cannot be known without the
  // file.
  if (new_key)
    if (auto saved = save_replay_guard(*dir, capability::replay_guard::for_new_key().serialise()); !saved)
      return pass(saved);
  auto id = config.device_id ? result<std::string>(*config.device_id) : device_id_in(*dir);
  if (!id) return pass(id);
  return home{std::move(*dir), std::move(*lock), std::move(*key), std::move(*id), host_name()};
}

std::optional<std::uint16_t> remembered_port(const os::private_dir& dir) {
  const auto kept = os::read_private_file(dir, port_name);
  if (!kept || !*kept) return std::nullopt;
  const auto text = (*kept)->reveal();
  std::uint16_t port = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (code != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

void remember_port(const os::private_dir& dir, std::uint16_t port) {
  const auto saved = os::write_file_atomically(dir, port_name, as_bytes(fmt::format("{}", port)));
  if (!saved) log::warn("app", "the UDP port could not be remembered: {}", saved.error().detail);
}

capability::replay_guard restore_replay_guard(const home& own) {
  constexpr std::size_t bytes_max = 1024 * 1024;
  const auto saved = os::read_private_file(own.dir, replay_name, bytes_max);
  if (saved && *saved) {
    auto restored = capability::replay_guard::restore((*saved)->reveal());
    if (restored) return std::move(*restored);
  }
  log::warn("app", "which tokens were used is not known any more: sessions made before now are refused");
  return capability::replay_guard::without_memory(wall_now());
}

result<void> save_replay_guard(const os::private_dir& dir, const std::string& serialised) {
  return os::write_file_atomically(dir, replay_name, as_bytes(serialised));
}

result<p2p::known_peers> restore_known_peers(const os::private_dir& dir) {
  constexpr std::size_t bytes_max = 1024 * 1024;
  const auto saved = os::read_private_file(dir, peers_name, bytes_max);
  if (!saved) return std::unexpected(saved.error());
  if (!*saved) return p2p::known_peers();
  auto known = p2p::known_peers::restore((*saved)->reveal());
  if (!known)
    return fail(errc::state_unreadable,
                fmt::format("{}: {}", (dir.path() / peers_name).string(), known.error().detail));
  return known;
}

result<void> save_known_peers(const os::private_dir& dir, const std::string& serialised) {
  return os::write_file_atomically(dir, peers_name, as_bytes(serialised));
}

result<std::optional<server_link::credentials>> credentials_file::load() {
  const auto text = os::read_private_file(dir_, credentials_name);
  if (!text) return std::unexpected(text.error());
  if (!*text) return std::nullopt;
  auto parsed = server_link::parse_credentials((*text)->reveal());
  if (!parsed) return pass(parsed);
  return std::optional(std::move(*parsed));
}

result<void> credentials_file::save(const server_link::credentials& c) {
  return os::write_file_atomically(dir_, credentials_name, as_bytes(server_link::render(c).reveal()));
}

result<void> credentials_file::clear() {
  return os::remove_file(dir_, credentials_name);
}

}  // namespace mesh::app
