#include "agent/app/transfer_view.hpp"

#include "agent/app/commands.hpp"
#include "agent/app/terminal.hpp"
#include "agent/app/transfer_book.hpp"
#include "agent/debug/format.hpp"
#include "core/base/escape.hpp"
#include "core/text/catalogue.hpp"

#include <unistd.h>

#include <fmt/format.h>

namespace mesh::app {
namespace {

using text::tr;

std::string speed_words(const transfer_record& r) {
  const auto per_second = r.seconds > 0 ? static_cast<double>(r.size) / r.seconds : 0.0;
  return debug::format_bytes(static_cast<std::uint64_t>(per_second)) + tr("progress.per_second");
}

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::string sent_words(const transfer_record& r) {
  const auto name = escape_controls(r.name);
  auto out =
      tr("send.done", name, r.device_id, debug::format_bytes(r.size), r.seconds, speed_words(r)) + "\n";
  out += tr("send.hash", r.hash.value_or("")) + "\n";
  if (r.before > 0 || r.resent > 0)
    out += tr("send.resumed", debug::format_bytes(r.before), debug::format_bytes(r.resent)) + "\n";
  if (r.stored && *r.stored != r.name)
    out += tr("send.renamed", r.device_id, escape_controls(*r.stored)) + "\n";
  return out;
}

std::string queued_words(const transfer_record& r) {
  const error reason{code_of(r.code.value_or("internal")), r.message.value_or(""), {}};
  return tr("send.queued", escape_controls(r.name), r.device_id, text::describe(reason), r.transfer_id) +
         "\n";
}

std::string received_words(const transfer_record& r) {
  const auto name = escape_controls(r.stored.value_or(r.name));
  return tr("receive.done", name, r.device_id, debug::format_bytes(r.size), r.seconds, speed_words(r)) +
         "\n" + tr("send.hash", r.hash.value_or("")) + "\n";
}

std::string offer_words(const transfer_record& r) {
  return tr("receive.offer", r.device_id, escape_controls(r.username), escape_controls(r.name),
            debug::format_bytes(r.size), r.transfer_id) +
         "\n";
}

std::string failed_words(const transfer_record& r) {
  const error reason{code_of(r.code.value_or("internal")), r.message.value_or(""), {}};
  return tr("receive.failed", escape_controls(r.name), r.device_id, text::describe(reason)) + "\n";
}

}  // namespace

transfer_view::transfer_view(bool json) : json_(json), bar_(!json && is_terminal(STDERR_FILENO)) {}

void transfer_view::show(std::string_view type, const wire::json_object& payload) {
  if (json_) {
    wire::json_object line{{"event", type}};
    for (const auto& [key, value] : payload) line[key] = value;
    return print(wire::to_text(line) + "\n");
  }
  if (type == "progress") return progress(payload);
  clear();
  if (type == "ready") {
    const auto* id = payload.if_contains("device_id");
    return print_error(
        tr("receive.waiting", id != nullptr && id->is_string() ? std::string(id->get_string()) : "") + "\n");
  }
  const auto record = wire::from_json<transfer_record>(wire::json_value(payload));
  if (!record) return;
  if (type == "session")
    print_error(tr("send.session", escape_controls(record->name), record->device_id) + "\n");
  if (type == "queued") print_error(queued_words(*record));
  if (type == "waiting")
    print_error(tr("send.waiting", escape_controls(record->name), record->device_id) + "\n");
  if (type == "sent") print(sent_words(*record));
  if (type == "received") print_error(received_words(*record));
  if (type == "offer") print_error(offer_words(*record));
  if (type == "failed") print_error(failed_words(*record));
  if (type == "sent" || type == "received" || type == "failed") running_.erase(record->transfer_id);
}

void transfer_view::progress(const wire::json_object& payload) {
  const auto record = wire::from_json<transfer_record>(wire::json_value(payload));
  if (!record) return;
  const auto style = bar_ ? progress_style::bar : progress_style::lines;
  auto& view =
      running_.try_emplace(record->transfer_id, style, terminal_columns(STDERR_FILENO)).first->second;
  debug::progress_state state{file_name(record->name), record->done, record->size, record->rate,
                              std::nullopt};
  if (record->eta_seconds) state.eta = std::chrono::seconds(*record->eta_seconds);
  print_error(view.show(state, steady_now()));
}

void transfer_view::clear() {
  for (auto& [id, view] : running_) print_error(view.clear());
}

}  // namespace mesh::app
