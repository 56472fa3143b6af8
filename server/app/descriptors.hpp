// How many connections this process has file descriptors for.
#pragma once
#include <cstddef>

namespace mesh::app {

// Asks for as many descriptors as the process may have, then answers how many of them are for connections:
// the rest is for the database, for files of the page and for sockets that listen.
std::size_t connections_possible();

}  // namespace mesh::app
