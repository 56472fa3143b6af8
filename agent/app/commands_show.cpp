#include "agent/app/commands.hpp"
#include "agent/app/local_time.hpp"
#include "agent/app/terminal.hpp"
#include "agent/app/transfer_view.hpp"
#include "agent/debug/format.hpp"
#include "core/base/escape.hpp"
#include "core/text/plural.hpp"

#include <unistd.h>
#include <vector>

namespace mesh::app {
namespace {

using text::tr;

result<transfer_record> find_record(asker& agent, const std::string& id) {
  const auto answer = agent.ask("transfers", {});
  if (!answer) return std::unexpected(answer.error());
  const auto list = wire::from_json<std::vector<transfer_record>>(answer->at("transfers"));
  if (!list) return std::unexpected(list.error());
  std::vector<const transfer_record*> records;
  for (const auto& record : *list) records.push_back(&record);
  const auto found = record_named(records, id);
  if (!found) return std::unexpected(found.error());
  return **found;
}

result<std::string> whole_text(asker& agent, const std::string& id) {
  const auto answer = agent.ask("transfer_text", {{"transfer_id", id}});
  if (!answer) return std::unexpected(answer.error());
  const auto* text = answer->if_contains("text");
  if (text == nullptr || !text->is_string()) return fail(errc::daemon_refused, "no text");
  return std::string(text->get_string());
}

std::string words_of(const transfer_record& r) {
  auto out = shown_name(r) + "\n";
  out += tr("show.peer", r.device_id, escape_controls(r.username),
            tr(r.direction == transfer_direction::in ? "show.in" : "show.out")) +
         "\n";
  auto state = shown_state(r);
  if (r.state == transfer_state::failed && r.code)
    state = tr("show.why", tr("transfers.state.failed"), shown_reason(r));
  out += tr("show.state", state) + "\n";
  out += tr("show.size", debug::format_bytes(r.size), text::tr_count("show.bytes", r.size),
            text::tr_count("show.bytes", r.done)) +
         "\n";
  out += tr("show.since", shown_moment(r.started_at), debug::format_seconds(r.seconds)) + "\n";
  if (r.stored && !r.text) out += tr("show.stored", escape_controls(*r.stored)) + "\n";
  if (r.hash) out += tr("show.hash", *r.hash) + "\n";
  // What is sent twice only its sender counts.
  if (r.direction == transfer_direction::in && r.before > 0)
    out += tr("receive.resumed", debug::format_bytes(r.before)) + "\n";
  else if (r.before > 0 || r.resent > 0)
    out += tr("send.resumed", debug::format_bytes(r.before), debug::format_bytes(r.resent)) + "\n";
  if (r.cpu_seconds) out += tr("transfer.cpu", debug::format_seconds(*r.cpu_seconds)) + "\n";
  return out;
}

}  // namespace

result<void> show_transfer(context& c) {
  auto agent = c.open(need::account);
  if (!agent) return pass(agent);
  if (c.asked.only_text) {
    const auto text = whole_text(**agent, c.asked.transfer);
    if (!text) return std::unexpected(text.error());
    if (c.asked.json)
      print_json(wire::json_object{{"text", *text}});
    else
      print(is_terminal(STDOUT_FILENO) ? escape_lines(*text) : *text);
    return {};
  }
  const auto record = find_record(**agent, c.asked.transfer);
  if (!record) return std::unexpected(record.error());
  if (c.asked.json) {
    print_json(wire::to_json(*record));
    return {};
  }
  print(words_of(*record));
  if (!record->text || record->text->empty()) return {};
  const auto text = whole_text(**agent, c.asked.transfer);
  print("\n" + escape_lines(text ? *text : *record->text));
  return {};
}

}  // namespace mesh::app
