// Passwords: Argon2id, slow on purpose. Runs on the bounded pool of server/app, never on the network thread.
#pragma once
#include "core/base/error.hpp"

#include <string>
#include <string_view>

namespace mesh::auth {

// 19 MiB, two passes (OWASP's recommendation, RFC 9106 parameters m=19456, t=2, p=1): about 15 ms. The PHC
// text
// "$argon2id$v=19$m=19456,t=2,p=1$…". Errors: busy when the memory is not to be had.
result<std::string> hash_password(std::string_view password);

// False for a wrong password and for text that is no hash. An empty hash stands for an unknown account or one
// without a password: it costs the same time as a wrong password and is always false.
bool verify_password(std::string_view password, const std::string& hash);

// What is wrong with a new password: field_too_short, field_too_long, field_invalid; field is the request
// field's name. A server that strangers can reach asks for 8 characters or more.
result<void> check_new_password(std::string_view password, bool loopback_only, std::string_view field);

}  // namespace mesh::auth
