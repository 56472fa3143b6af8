// What the list of transfers shows of something that waits in the outbox, goes, or went.
#pragma once
#include "agent/app/outbox.hpp"
#include "agent/app/transfer_book.hpp"

namespace mesh::app {

// Without what only a running attempt knows: session, speed, the file that moves now.
transfer_record record_of(const outbox_job& job);

}  // namespace mesh::app
