// What a sign-in leaves on this machine: who we are at which server, how to renew it, and the keys that the
// server signs with.
#pragma once
#include "core/base/error.hpp"
#include "core/base/secret.hpp"
#include "core/wire/account_bodies.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::server_link {

// refresh_token: empty when the sign-in is a token pasted by hand.
struct credentials {
  std::string server_url;
  std::string user_id;
  std::string username;
  std::string device_id;
  secret refresh_token;
  std::vector<wire::signing_key_info> signing_keys;

  credentials clone() const;
};

// JSON text of the file. Errors: state_unreadable.
result<credentials> parse_credentials(std::string_view text);
secret render(const credentials& c);

// Where credentials are kept; the application keeps them in a file of mode 0600.
class credential_store {
 public:
  virtual ~credential_store() = default;
  // nullopt when nobody signed in. Errors: state_unreadable.
  virtual result<std::optional<credentials>> load() = 0;
  virtual result<void> save(const credentials& c) = 0;
  virtual result<void> clear() = 0;
};

// The keys that a server announces against those pinned at sign-in: every announced key must be pinned, since
// a server in the wrong hands could announce its own beside the old one. Errors: server_key_changed, also
// when nothing is announced.
result<void> check_pins(const std::vector<wire::signing_key_info>& pinned,
                        const std::vector<wire::signing_key_info>& announced);

}  // namespace mesh::server_link
