// Options that an agent reads when it starts: no command can give them to a daemon that runs.
#pragma once
#include "agent/config/agent_config.hpp"
#include "core/base/error.hpp"

#include <string_view>

namespace mesh::app {

// given: all settings of `verb`, from wherever. Errors: usage, naming the option of the command line that
// would not count, and where it is set for good.
result<void> refuse_start_options(const config::settings& given, std::string_view verb,
                                  const config::agent_config& config);

}  // namespace mesh::app
