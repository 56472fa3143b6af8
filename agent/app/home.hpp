// What belongs to this machine's agent on disk: its state directory, owned by one process, and the identity
// in it.
#pragma once
#include "agent/config/agent_config.hpp"
#include "agent/os/lock_file.hpp"
#include "agent/os/private_dir.hpp"
#include "agent/p2p/known_peers.hpp"
#include "agent/server_link/credentials.hpp"
#include "core/base/error.hpp"
#include "core/capability/replay_guard.hpp"
#include "core/crypto/sign.hpp"

#include <optional>
#include <string>

namespace mesh::app {

struct home {
  os::private_dir dir;
  os::lock_file lock;
  crypto::signing_key key;
  std::string device_id;  // configured, else the one made at the first run
  std::string host_name;
};

// Takes the lock, reads or makes the device key and the device's name. Errors: state_locked with the pid of
// the owner, state_unreadable.
result<home> open_home(const config::agent_config& config, const config::environment& variables);

// The UDP port of the last run, so that firewalls and peers find the same one again; nullopt at the first
// run.
std::optional<std::uint16_t> remembered_port(const os::private_dir& dir);
void remember_port(const os::private_dir& dir, std::uint16_t port);

// Which tokens were accepted already, across restarts.
capability::replay_guard restore_replay_guard(const home& own);
result<void> save_replay_guard(const os::private_dir& dir, const std::string& serialised);

// The keys of the devices met so far; empty at the first run. Errors: state_unreadable, with the file.
result<p2p::known_peers> restore_known_peers(const os::private_dir& dir);
result<void> save_known_peers(const os::private_dir& dir, const std::string& serialised);

// STATE/credentials, mode 0600.
class credentials_file final : public server_link::credential_store {
 public:
  explicit credentials_file(const os::private_dir& dir) : dir_(dir) {}
  result<std::optional<server_link::credentials>> load() override;
  result<void> save(const server_link::credentials& c) override;
  result<void> clear() override;

 private:
  const os::private_dir& dir_;
};

}  // namespace mesh::app
