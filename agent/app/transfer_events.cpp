#include "agent/app/transfer_events.hpp"

#include "agent/share/utf8.hpp"
#include "core/base/escape.hpp"

namespace mesh::app {
namespace {

void make_well_formed(wire::json_value& value) {
  if (auto* text = value.if_string(); text != nullptr && !valid_utf8(*text))
    *text = share::well_formed(*text);
  if (auto* object = value.if_object())
    for (auto& member : *object) make_well_formed(member.value());
  if (auto* array = value.if_array())
    for (auto& element : *array) make_well_formed(element);
}

}  // namespace

wire::json_object event_of(const transfer_record& record) {
  auto out = wire::to_json(record);
  // The path of a file here may hold any bytes, and one of them would make the whole answer unreadable.
  make_well_formed(out);
  return std::move(out.as_object());
}

std::string_view event_name(transfer_change change, const transfer_record& record) {
  const bool incoming = record.direction == transfer_direction::in;
  switch (change) {
    case transfer_change::queued:
      if (record.state == transfer_state::paused) return "paused";
      return record.state == transfer_state::queued && record.code ? "queued" : "";
    case transfer_change::offered:
      if (record.state != transfer_state::waiting) return "";
      return incoming ? "offer" : "waiting";
    case transfer_change::started:
    case transfer_change::progressed:
      return "progress";
    case transfer_change::ended:
      if (record.state != transfer_state::done) return "failed";
      return incoming ? "received" : "sent";
  }
  return "";
}

transfer_change last_change(const transfer_record& record) {
  if (record.state == transfer_state::running) return transfer_change::progressed;
  return record.state == transfer_state::waiting ? transfer_change::offered : transfer_change::queued;
}

}  // namespace mesh::app
