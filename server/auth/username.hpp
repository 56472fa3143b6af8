// How account names look: [a-z0-9][a-z0-9._-]{0,31}, in lower case.
#pragma once
#include "core/base/error.hpp"

#include <string>
#include <string_view>

namespace mesh::auth {

// ASCII letters in lower case; anything else stays.
std::string normalise_username(std::string_view text);

// The name as it is stored. Errors: field_too_long, field_too_short, field_invalid (also for a reserved
// name), with field "username".
result<std::string> check_username(std::string_view text);

}  // namespace mesh::auth
