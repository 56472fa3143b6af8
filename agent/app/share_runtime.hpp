// What transfers need from this program: its clock, its loop, and a thread for the disk.
#pragma once
#include "agent/share/transfer.hpp"
#include "core/io/loop.hpp"
#include "core/io/pool.hpp"

namespace mesh::app {

// disk outlives the transfers; work that it cannot take any more is done at once, where it was asked for.
share::runtime share_runtime(const io::executor& on, io::pool& disk);

}  // namespace mesh::app
