// What is done with a file of the state directory that cannot be read: nothing that somebody may still want
// to look into is lost.
#pragma once
#include "agent/os/private_dir.hpp"

#include <filesystem>
#include <string>

namespace mesh::app {

// The file as it is gets a second name, NAME.bad, which is kept when another one takes its place. An earlier
// one of that name goes. Where it lies then.
std::filesystem::path put_aside(const os::private_dir& dir, const std::string& name);

}  // namespace mesh::app
