// The token that a command is given.
#pragma once
#include "agent/app/commands.hpp"

namespace mesh::app {

// --token TOKEN | - | @FILE, else MESH_TOKEN. Errors: usage, file_unreadable.
result<secret> token_of(context& c);

}  // namespace mesh::app
