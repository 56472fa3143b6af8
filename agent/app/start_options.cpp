#include "agent/app/start_options.hpp"

#include "agent/app/commands.hpp"
#include "core/text/catalogue.hpp"

namespace mesh::app {

result<void> refuse_start_options(const config::settings& given, std::string_view verb,
                                  const config::agent_config& config) {
  const bool names_a_server = verb == "login" || verb == "enroll";
  for (const auto& [key, setting] : given) {
    if (setting.origin != config::flag_name(key)) continue;
    if (key == "server_url" && names_a_server) continue;
    return fail(errc::usage, text::tr("usage.read_at_start", setting.origin, key, config.file.string()));
  }
  return {};
}

result<std::unique_ptr<asker>> context::open(need wanted) const {
  auto agent = connect(wanted);
  if (agent && (*agent)->is_daemon())
    if (auto heard = refuse_start_options(settings, asked.verb, config); !heard) return pass(heard);
  return agent;
}

}  // namespace mesh::app
