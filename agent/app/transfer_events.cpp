#include "agent/app/transfer_events.hpp"

namespace mesh::app {

wire::json_object event_of(const transfer_record& record) {
  return wire::to_json(record).as_object();
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
