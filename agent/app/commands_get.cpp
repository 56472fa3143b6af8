#include "agent/app/commands.hpp"
#include "agent/app/interrupt_watch.hpp"
#include "agent/app/next_steps.hpp"
#include "agent/app/outbox.hpp"
#include "agent/app/staging.hpp"
#include "agent/app/stopped_send.hpp"
#include "agent/app/transfer_view.hpp"
#include "agent/share/file_sender.hpp"
#include "core/base/escape.hpp"
#include "core/text/catalogue.hpp"

#include <filesystem>
#include <optional>

#include <fmt/format.h>

namespace mesh::app {

result<void> get(context& c) {
  const auto colon = c.asked.file.find(':');
  if (colon == std::string::npos || colon == 0 || c.asked.file.substr(colon + 1, 1) != "/")
    return fail(errc::usage, "DEVICE:/PATH is expected", "SOURCE");
  wire::json_object body{{"device", c.asked.file.substr(0, colon)}, {"path", c.asked.file.substr(colon + 1)}};
  if (!c.asked.on_collision.empty()) body["on_collision"] = c.asked.on_collision;
  const bool to_stdout = c.asked.output == "-";
  std::filesystem::path output;
  if (!to_stdout && !c.asked.output.empty()) {
    std::error_code code;
    output = std::filesystem::weakly_canonical(std::filesystem::absolute(c.asked.output), code);
    if (code) return fail(errc::write_failed, fmt::format("{}: {}", c.asked.output, code.message()));
  }
  auto agent = c.open(need::node);
  if (!agent) return pass(agent);
  if (to_stdout)
    body["output"] = "-";
  else if (!output.empty())
    body["output"] = output.string();
  transfer_view view(c.asked.json && !to_stdout);
  staging through;
  result<void> forwarded;
  const auto ask = [&] {
    return (*agent)->ask("get", body, [&](std::string_view type, const wire::json_object& payload) {
      auto shown = payload;
      if (type == "received" && forwarded) {
        through.keep_only(text_in(payload, "stored"));
        forwarded = through.forward(shown);
      }
      view.show(type, shown);
    });
  };
  const auto stage = [&]() -> result<void> {
    // Standard output cannot go on in the middle; a folder can, however this command ends.
    const auto key = to_stdout ? std::string() : fmt::format("{}\n{}", c.asked.file, output.string());
    auto made = staging::make(c, output, "get", key);
    if (!made) return pass(made);
    through = std::move(*made);
    body["output"] = through.folder.string();
    body["on_collision"] = "rename";  // there; where it belongs the policy decides
    return {};
  };
  if (to_stdout && (*agent)->is_daemon())
    if (auto staged = stage(); !staged) return staged;
  std::optional<interrupt_watch> interrupted;
  if ((*agent)->is_daemon())
    interrupted.emplace().add([&agent, out = through.out] {
      (*agent)->leave();
      if (out) out->stop();
    });
  auto done = ask();
  if (!done && done.error().code == errc::folder_confined && through.folder.empty() &&
      (*agent)->is_daemon()) {
    if (auto staged = stage(); !staged) return staged;
    done = ask();
  }
  interrupted.reset();
  view.clear();
  if (!done && done.error().code == errc::canceled && !share::said_by_peer(done.error()) && !c.asked.json)
    print_error(words_of_stopped_get(!to_stdout));
  if (!done && done.error().code == errc::canceled && share::said_by_peer(done.error()) && !c.asked.json) {
    print_error(words_of_get_stopped_there(c.asked.file.substr(0, colon)));
    c.asked.told = true;
    done = fail(errc::denied);
  }
  if (to_stdout || (done && forwarded))
    through.remove();
  else if (!done && !worth_another_try(done.error()))
    through.remove_begun();
  if (!forwarded && !to_stdout)
    print_error(text::tr("receive.kept", escape_controls(through.folder.string())) + "\n");
  if (!done) return pass(done);
  if (!forwarded || !view.incomplete()) return forwarded;
  c.asked.told = !c.asked.json;  // with what came
  return fail(errc::file_unreadable, text::tr("receive.folder.incomplete"));
}

}  // namespace mesh::app
