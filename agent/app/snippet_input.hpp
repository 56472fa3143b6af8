// The text of `send --text`, kept as a file of ours until it arrived.
#pragma once
#include "core/base/error.hpp"

#include <filesystem>
#include <string>

namespace mesh::app {

// words: the text, or "-" for standard input to its end. Errors: usage for no text at all, too_large above
// limits::snippet_bytes_max, invalid_utf8; those of spool().
result<std::filesystem::path> spool_text(const std::string& words, const std::filesystem::path& state_dir);

}  // namespace mesh::app
