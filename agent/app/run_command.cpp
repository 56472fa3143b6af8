#include "agent/app/run_command.hpp"

#include "agent/app/commands.hpp"
#include "agent/app/daemon.hpp"
#include "agent/app/exit_codes.hpp"
#include "agent/app/local_asker.hpp"
#include "agent/app/socket_asker.hpp"
#include "agent/app/texts.hpp"
#include "agent/control/socket_place.hpp"
#include "agent/os/os_error.hpp"
#include "agent/os/xdg.hpp"
#include "agent/share/file_sender.hpp"
#include "core/base/log.hpp"
#include "core/base/standard_descriptors.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <unistd.h>

#include <fmt/format.h>

namespace mesh::app {
namespace {

struct verb {
  std::string_view name;
  result<void> (*run)(context&);
};

constexpr auto verbs = std::to_array<verb>({
    {"run", run_daemon},
    {"status", show_status},
    {"stop", stop_daemon},
    {"config check", config_check},
    {"login", login},
    {"enroll", enroll},
    {"logout", logout},
    {"devices list", list_devices},
    {"devices verify", verify_device},
    {"devices accept", accept_device},
    {"devices confirm", confirm_device},
    {"devices add", add_device},
    {"devices remove", remove_device},
    {"rooms", list_rooms},
    {"chat", chat},
    {"send", send_paths},
    {"send-file", send_file},
    {"receive", receive},
    {"get", get},
    {"transfers", list_transfers},
    {"transfers show", show_transfer},
    {"transfers accept", answer_transfer},
    {"transfers refuse", answer_transfer},
    {"transfers pause", control_transfer},
    {"transfers resume", control_transfer},
    {"transfers cancel", control_transfer},
    {"transfers retry", control_transfer},
    {"transfers first", control_transfer},
    {"transfers limit", limit_transfer},
    {"limit", limit_agent},
    {"ping", ping},
    {"share-terminal", share_terminal},
    {"terminal share", terminal_share},
    {"terminal view", terminal_view},
    {"terminal list", terminal_list},
    {"terminal allow", terminal_allow},
    {"terminal deny", terminal_act},
    {"terminal fit", terminal_act},
    {"terminal keep", terminal_act},
    {"terminal revoke", terminal_act},
    {"terminal hide", terminal_act},
    {"terminal show", terminal_act},
    {"terminal mask", terminal_act},
    {"terminal unmask", terminal_act},
    {"terminal record", terminal_record},
    {"terminal attach", terminal_attach},
    {"terminal rule list", terminal_rules},
    {"terminal rule add", terminal_rule_add},
    {"terminal rule remove", terminal_rule_remove},
    {"rules list", list_rules},
    {"rules add", add_rule},
    {"rules remove", remove_rule},
    {"debug dump_quic_stats", debug_quic},
    {"debug dump_session_cache_info", debug_sessions},
    {"debug renew_certificates", debug_certificates},
});

// Verbs that touch neither configuration nor state.
struct plain_verb {
  std::string_view name;
  result<void> (*run)(const invocation&);
};
constexpr auto plain_verbs = std::to_array<plain_verb>({
    {"completion", show_completion},
    {"ignore why", explain_ignore},
    {"terminal replay", terminal_replay},
    {"debug dump_event", debug_event},
    {"debug format_bytes", debug_bytes},
    {"debug calculate_speed", debug_speed},
});

// The daemon and the scripted send-file tell each step; a person who types a verb wants its answer.
// Of a command that takes no files, those that others offer meanwhile are nobody's business.
constexpr std::string_view quiet_log = "warn,share=error";

void start_log(const std::string& verb_name) {
  const bool tells_steps = verb_name == "run" || verb_name == "send-file";
  const auto variables = config::process_environment();
  if (!tells_steps && !variables("MESH_LOG") && !variables("RUST_LOG"))
    (void)log::configure(verb_name == "receive" ? "warn" : quiet_log);
  else
    log::configure_from_environment();
}

result<void> run(invocation& asked) {
  start_log(asked.verb);
  if (const auto* found = std::ranges::find(plain_verbs, asked.verb, &plain_verb::name);
      found != plain_verbs.end())
    return found->run(asked);
  const auto variables = config::process_environment();
  auto settings = config::load_settings(asked.config_file, variables, std::move(asked.flags));
  if (!settings) return pass(settings);
  const auto config = config::resolve(*settings, variables, asked.config_file);
  if (!config) return std::unexpected(config.error());
  const auto open = [&](need wanted) -> result<std::unique_ptr<asker>> {
    if (const auto socket = control::published_socket(os::state_dir(variables)))
      if (auto daemon = connect_daemon(*socket)) return daemon;
    return start_local(*config, variables, wanted, asked.output);
  };
  if (asked.output == "-" && !is_writable(STDOUT_FILENO))
    return fail(errc::write_failed, "standard output is closed");
  context c{asked, variables, *settings, *config, open};
  const auto* const found = std::ranges::find(verbs, asked.verb, &verb::name);
  if (found == verbs.end()) return fail(errc::kind_unknown, asked.verb);
  return found->run(c);
}

// Which command lists the names one of which was meant; empty where none does.
std::string_view list_of(const error& e, std::string_view verb_name) {
  if (e.code != errc::not_found) return {};
  if (e.field == "transfer_id") return "mesh-agent transfers";
  if (e.field == "room" || e.field == "--room") return "mesh-agent rooms";
  if (e.field == "rule")
    return verb_name.starts_with("terminal") ? "mesh-agent terminal rule list" : "mesh-agent rules";
  return {};
}

int report(error e, const std::string& verb_name, bool told = false) {
  if (told) return static_cast<int>(exit_code_of(e.code));
  // Nobody here did: it has to be said.
  if (e.code == errc::canceled && share::said_by_peer(e)) e.code = errc::denied;
  if (e.code != errc::canceled) print_error(text::tr("error.prefix", text::describe(e)) + "\n");
  if (const auto list = list_of(e, verb_name); !list.empty()) print_error(text::tr("see", list) + "\n");
  const auto command = verb_name.empty() ? "mesh-agent" : "mesh-agent " + verb_name;
  if (e.code == errc::usage) print_error(text::tr("error.usage_hint", command) + "\n");
  return static_cast<int>(exit_code_of(e.code));
}

}  // namespace

int run_program(std::span<const std::string> arguments) {
  load_texts();
  auto parsed = parse_command_line(arguments);
  if (!parsed) return report(parsed.error(), parsed.error().field);
  if (const auto* text = std::get_if<print_text>(&*parsed)) {
    print(text->text);
    return 0;
  }
  auto& asked = std::get<invocation>(*parsed);
  auto done = run(asked);
  // Who reads no further has what he wanted.
  if (const int cause = output_failure(); done && cause != 0 && cause != EPIPE)
    done = os::fail_errno(cause, "standard output", errc::write_failed);
  return done ? 0 : report(done.error(), asked.verb, asked.told);
}

}  // namespace mesh::app
