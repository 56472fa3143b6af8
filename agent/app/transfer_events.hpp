// How a transfer is told to those who asked for it or watch it.
#pragma once
#include "agent/app/transfer_book.hpp"
#include "agent/control/message.hpp"

#include <string_view>

namespace mesh::app {

// Its texts are UTF-8, whatever bytes the paths of this machine hold.
wire::json_object event_of(const transfer_record& record);

// Of what somebody watches; empty for what tells him nothing.
std::string_view event_name(transfer_change change, const transfer_record& record);

// How a transfer that is not over would have been told last.
transfer_change last_change(const transfer_record& record);

// The body of a request; errors: those of its members, and of keys that it does not have.
template <class T>
result<T> read_body(const control::request& r) {
  return wire::from_json<T>(wire::json_value(r.payload), wire::unknown_keys::refuse);
}

}  // namespace mesh::app
