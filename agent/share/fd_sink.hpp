// Receives into an open descriptor: a pipe or standard output, in order, or a preallocated file written in
// place. The content is seen before its hash is verified, so the caller must tell people when the transfer
// fails.
#pragma once
#include "agent/os/fd.hpp"
#include "agent/share/file_sink.hpp"

#include <memory>
#include <string>

namespace mesh::share {

// A regular file is written in place from its start, keeps its permissions and is cut to size at the end;
// anything else is written as a stream, which blocks the calling thread while its reader is slow (for
// one-shot commands, not daemons). name: what commit() returns ("-" for standard output).
std::unique_ptr<file_sink> make_fd_sink(os::unique_fd fd, std::string name);

}  // namespace mesh::share
