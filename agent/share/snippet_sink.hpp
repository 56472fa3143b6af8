// Where a snippet goes: into memory, never into a file. It is handed over when it is verified and is UTF-8.
#pragma once
#include "agent/share/file_sink.hpp"

#include <functional>
#include <memory>
#include <string>

namespace mesh::share {

// taken: called with the whole text by commit(). Errors of the sink: too_large above
// limits::snippet_bytes_max, invalid_utf8.
std::unique_ptr<file_sink> make_snippet_sink(std::function<void(std::string text)> taken);

}  // namespace mesh::share
