// What stays with the sender of a folder, as the receiver is told.
#pragma once
#include "agent/share/transfer.hpp"
#include "core/wire/p2p_message.hpp"

#include <optional>

namespace mesh::share {

// Without targets of links and whatever else is known of the sender's machine only. Nothing when nothing was
// left out. The entries fit beside the rest of FOLDER_META in a message.
std::optional<wire::left_behind> told_of(const tree_figures& left_out);

// Adds what the sender says to figures of the receiver. Nothing of it is believed to be a path: it is for
// people, to be escaped before it is printed.
void take_told(tree_figures& figures, const wire::left_behind& said);

}  // namespace mesh::share
