// The terminals of other machines that this person may look at, as the server knows them.
#pragma once
#include "agent/server_link/account.hpp"
#include "core/io/task.hpp"
#include "core/wire/terminal_bodies.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace mesh::app {

// Errors: those of the server.
io::task<result<std::vector<wire::terminal_shared>>> terminal_offers(server_link::account& account);

// wanted: NAME, MACHINE, PERSON, MACHINE/NAME or PERSON/NAME; empty: whatever there is. nullptr when none of
// them, or several, could be meant.
const wire::terminal_shared* find_offer(std::span<const wire::terminal_shared> offers,
                                        std::string_view wanted);

}  // namespace mesh::app
