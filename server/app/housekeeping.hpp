// What a server does by itself from time to time.
#pragma once
#include "core/io/task.hpp"
#include "server/app/backend.hpp"

#include <chrono>

namespace mesh::app {

// Forgets what expired: now and every hour. For ever; cancel it.
io::task<> forget_expired(backend& with);

// Cuts the connections of sign-ins that no longer exist, which another process (mesh-server user
// reset-password) or the passing of time may have ended. For ever; cancel it.
io::task<> cut_ended_logins(backend& with, std::chrono::milliseconds interval);

// Nobody renews what a program that died was sharing: it is over then. For ever; cancel it.
io::task<> end_silent_activities(backend& with, std::chrono::milliseconds interval);

// Gives freed memory back to the system, so that a busy hour does not show for ever. For ever; cancel it.
io::task<> give_memory_back(std::chrono::milliseconds interval);

}  // namespace mesh::app
