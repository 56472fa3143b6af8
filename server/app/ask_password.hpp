// A password from the person at the terminal, or from standard input.
#pragma once
#include "core/base/error.hpp"
#include "core/base/secret.hpp"

namespace mesh::app {

// On a terminal asked for twice without being shown, otherwise the first line of standard input. Errors:
// usage.
result<secret> ask_password();

}  // namespace mesh::app
