// What the list of transfers says of a folder beside its bytes.
#pragma once
#include "agent/share/transfer.hpp"
#include "core/wire/json.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace mesh::app {

// An entry that was left out, or that got another name (code file_exists, detail the name).
struct transfer_note {
  std::string code;
  std::string path;
  std::string detail;
};
BOOST_DESCRIBE_STRUCT(transfer_note, (), (code, path, detail))

// As share::tree_figures.
struct transfer_folder {
  std::uint64_t files = 0;
  std::uint64_t files_done = 0;
  std::uint64_t kept = 0;
  std::uint64_t omitted = 0;
  std::uint64_t renamed = 0;
  bool incomplete = false;
  std::vector<transfer_note> notes;
};
BOOST_DESCRIBE_STRUCT(transfer_folder, (), (files, files_done, kept, omitted, renamed, incomplete, notes))

inline transfer_folder folder_of(const share::tree_figures& tree) {
  transfer_folder out{tree.files,   tree.files_done, tree.kept, tree.omitted,
                      tree.renamed, tree.incomplete, {}};
  for (const auto& note : tree.notes)
    out.notes.push_back({std::string(word(note.code)), note.path, note.detail});
  return out;
}

}  // namespace mesh::app
