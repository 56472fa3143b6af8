// What transfers need from this program: its clock, its loop, and threads for the disk.
#pragma once
#include "agent/share/transfer.hpp"
#include "core/base/limits.hpp"
#include "core/io/loop.hpp"
#include "core/io/pool.hpp"

namespace mesh::app {

// One disk gains nothing from more threads that sync. A folder that is slow to list (far away, or of a
// million files) does not hold up the reading for everybody else.
struct disk_pools {
  io::pool syncing{"mesh-disk", 1, limits::transfers_running_max};
  io::pool reading{"mesh-read", 2, limits::transfers_running_max};
};

// disk outlives the transfers; work that it cannot take any more is done at once, where it was asked for.
share::runtime share_runtime(const io::executor& on, disk_pools& disk);

}  // namespace mesh::app
