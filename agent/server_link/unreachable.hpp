// What went wrong on the way to the server, as a person sees it: it is not there.
#pragma once
#include "core/base/error.hpp"

#include <string_view>

namespace mesh::server_link {

// Errors of a connection attempt become server_unreachable with the address and the reason; others stay.
error unreachable(const error& e, std::string_view server);

}  // namespace mesh::server_link
