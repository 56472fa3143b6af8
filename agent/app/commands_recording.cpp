#include "agent/app/commands.hpp"
#include "agent/app/own_window.hpp"
#include "agent/app/replay_window.hpp"
#include "agent/app/terminal.hpp"
#include "agent/terminal/cast_reader.hpp"
#include "core/base/escape.hpp"
#include "core/base/limits.hpp"
#include "core/text/catalogue.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <unistd.h>

namespace mesh::app {
namespace {

using text::tr;

result<std::string> read_file(const std::filesystem::path& path) {
  std::error_code code;
  const auto size = std::filesystem::file_size(path, code);
  if (code) return fail(errc::file_unreadable, path.string() + ": " + code.message(), "FILE");
  if (size > limits::terminal_recording_bytes_max) return fail(errc::too_large, path.string(), "FILE");
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace

result<void> terminal_record(context& c) {
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  const auto done = (*agent)->ask("terminal_control",
                                  {{"name", c.asked.name}, {"action", c.asked.stop ? "unrecord" : "record"}});
  if (!done) return std::unexpected(done.error());
  const auto name = escape_controls(std::string(done->at("name").as_string()));
  print((c.asked.stop ? tr("terminal.done.unrecord", name)
                      : tr("terminal.done.record", name, std::string(done->at("recording").as_string()))) +
        "\n");
  return {};
}

result<void> terminal_replay(const invocation& asked) {
  const auto file = read_file(asked.paths.front());
  if (!file) return std::unexpected(file.error());
  auto recorded = terminal::read_cast(*file);
  if (!recorded) return pass(recorded);
  if (!is_terminal(STDIN_FILENO) || !is_terminal(STDOUT_FILENO)) return fail(errc::not_a_terminal);
  std::optional<own_window> window(std::in_place);
  const auto from = std::chrono::duration<double>(asked.seek);
  auto shown = replay_window::make(*window, std::move(*recorded),
                                   std::chrono::duration_cast<replay_window::time>(from), asked.speed);
  if (!shown) return std::unexpected(shown.error());
  (*shown)->run();
  return {};
}

}  // namespace mesh::app
