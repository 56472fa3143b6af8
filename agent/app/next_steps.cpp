#include "agent/app/next_steps.hpp"

#include "agent/app/transfer_book.hpp"
#include "agent/app/transfer_view.hpp"
#include "core/base/escape.hpp"
#include "core/text/catalogue.hpp"

#include <algorithm>

namespace mesh::app {
namespace {

using text::tr;

std::string string_of(const wire::json_object& answer, std::string_view key) {
  const auto* found = answer.if_contains(key);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

bool says(const wire::json_object& answer, std::string_view key) {
  const auto* found = answer.if_contains(key);
  return found != nullptr && found->is_bool() && found->get_bool();
}

std::string words_of_cancel(const wire::json_object& answer, const std::string& name, const std::string& id) {
  const auto device = string_of(answer, "device_id");
  const auto was = string_of(answer, "was");
  const bool incoming = string_of(answer, "direction") == wire::word_of(transfer_direction::in);
  const bool both = !says(answer, "untold") && (was == wire::word_of(transfer_state::running) ||
                                                was == wire::word_of(transfer_state::waiting));
  std::string out = both && says(answer, "complete") ? tr("transfers.canceled.complete", name, device)
                    : both                           ? tr("transfers.canceled.both", name, device)
                    : incoming                       ? tr("transfers.canceled.later", name, device)
                    : says(answer, "untold")         ? tr("transfers.canceled.there_again", name, device)
                                                     : tr("transfers.done.cancel", name);
  if (says(answer, "again")) out += "\n" + tr("transfers.canceled.again", id);
  return out + "\n";
}

const char* key_of(told_there told) {
  switch (told) {
    case told_there::unreached:
      return "canceled.send.unreached";
    case told_there::waited:
      return "canceled.send.waited";
    case told_there::later:
      return "canceled.send.later";
    case told_there::never:
      return "canceled.send.never";
    case told_there::complete:
      return "canceled.send.complete";
    case told_there::at_once:
      break;
  }
  return "canceled.send";
}

}  // namespace

std::string words_after(std::string_view action, const wire::json_object& answer, const std::string& given) {
  const auto named = string_of(answer, "transfer_id");
  const auto& id = named.empty() ? given : named;
  const auto name = answered_name(answer, id);
  if (action == "cancel") return words_of_cancel(answer, name, id);
  return tr("transfers.done." + std::string(action), name, id) + "\n";
}

std::string words_of_stopped_send(const std::string& device, bool again, const stopped_files& files) {
  if (device.empty()) return tr("canceled.nothing") + "\n";
  const auto any = [&](told_there told) {
    return std::ranges::any_of(files, [&](const auto& file) { return file.second == told; });
  };
  // What asks most of the person comes first.
  auto told = any(told_there::complete) ? told_there::complete : told_there::at_once;
  for (const auto one :
       {told_there::never, told_there::later, told_there::at_once, told_there::waited, told_there::unreached})
    if (any(one)) {
      told = one;
      break;
    }
  auto out = tr(key_of(told), device);
  if (again) out += " " + tr("canceled.again");
  out += "\n";
  if (told == told_there::complete) return out;
  for (const auto& [name, known] : files)
    if (known == told_there::complete)
      out += tr("transfers.canceled.complete", escape_controls(name), device) + "\n";
  return out;
}

std::string words_of_stopped_get(bool again) {
  return again ? tr("canceled.get") + " " + tr("canceled.again") + "\n" : tr("canceled.get") + "\n";
}

std::string words_of_get_stopped_there(const std::string& device) {
  return tr("canceled.get.there", escape_controls(device)) + "\n";
}

std::string words_of_left_receive(const left_receive& how) {
  if (!how.daemon) {
    auto out = tr("receive.stopped");
    if (how.moves) out += " " + tr("receive.stopped.moves");
    return out + "\n";
  }
  auto out = tr("receive.left");
  if (how.moves && how.lies.empty()) out += " " + tr("receive.left.moves");
  // What the daemon began to take in that moment nobody here knows.
  if (!how.lies.empty()) out += " " + tr("receive.left.lies", escape_controls(how.lies.string()));
  return out + "\n";
}

}  // namespace mesh::app
