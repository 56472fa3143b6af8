// What the receiver of a folder says, made to fit messages: what it has, and how it ended.
#pragma once
#include "agent/share/folder_sink.hpp"
#include "agent/share/transfer.hpp"
#include "core/wire/p2p_message.hpp"

#include <span>
#include <string>
#include <vector>

namespace mesh::share {

// FOLDER_ACCEPT, as often as it takes; `last` in the last one.
std::vector<wire::folder_accept> kept_pages(const kept_files& kept,
                                            std::span<const wire::manifest_entry> entries, bool xattrs);

// FOLDER_RESULT of a folder that got its name. tree: its notes and count of renamed entries are set.
wire::folder_result named_result(const folder_sink& sink, const std::string& name, const std::string& hash,
                                 tree_figures& tree);

}  // namespace mesh::share
