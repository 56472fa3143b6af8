// What an agent reads when it starts: no command can give it to a daemon that runs.
#pragma once
#include "agent/config/agent_config.hpp"
#include "core/base/error.hpp"
#include "core/wire/json.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::app {

// given: all settings of `verb`, from wherever. Errors: usage, naming the option of the command line that
// would not count, and where it is set for good.
result<void> refuse_start_options(const config::settings& given, std::string_view verb,
                                  const config::agent_config& config);

// What an agent goes by, as it answers the request "configuration". file: absolute, without links. values:
// one for each key, as `config check` shows it; of a secret its SHA-256 in hexadecimal, empty when unset.
struct value_in_force {
  std::string key;
  std::string value;
};
BOOST_DESCRIBE_STRUCT(value_in_force, (), (key, value))
struct configuration_in_force {
  std::string file;
  std::vector<value_in_force> values;
};
BOOST_DESCRIBE_STRUCT(configuration_in_force, (), (file, values))

// device_id, server_url: those it really has, which its state directory or a sign-in may have chosen.
configuration_in_force in_force(const config::agent_config& config, const std::string& device_id,
                                const std::string& server_url);

// The same for what no option says: a file named by --config that is not the daemon's, and a variable of the
// environment that says otherwise than what the daemon goes by (`stop` may be called with such a variable: it
// is the way out). file: of --config. config: what `given` comes to. Errors: usage, naming the file or the
// variable and what to do.
result<void> refuse_other_settings(const config::settings& given, std::string_view verb,
                                   const std::optional<std::filesystem::path>& file,
                                   const config::agent_config& config, const configuration_in_force& running);

}  // namespace mesh::app
