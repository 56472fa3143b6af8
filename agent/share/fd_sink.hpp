// Receives into an open descriptor: a pipe or standard output, in order, or a preallocated file written in
// place. The content is seen before its hash is verified, so the caller must tell people when the transfer
// fails.
#pragma once
#include "agent/os/fd.hpp"
#include "agent/share/file_sink.hpp"

#include <memory>
#include <string>

namespace mesh::share {

// A regular file is written in place from its current position, keeps its permissions and is cut behind the
// last byte at the end; anything else (also a file opened to append) is written as a stream. A stream whose
// reader is slow is waited for a moment only; what it does not take is kept as backlog(). name: what commit()
// returns ("-" for standard output). lease: dropped with the sink, for those who must know when the
// descriptor is free again.
std::unique_ptr<file_sink> make_fd_sink(os::unique_fd fd, std::string name,
                                        std::shared_ptr<const void> lease = nullptr);

}  // namespace mesh::share
