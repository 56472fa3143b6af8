#include "agent/app/put_aside.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace mesh::app {

std::filesystem::path put_aside(const os::private_dir& dir, const std::string& name) {
  const auto aside = name + ".bad";
  (void)::unlinkat(dir.fd(), aside.c_str(), 0);
  (void)::linkat(dir.fd(), name.c_str(), dir.fd(), aside.c_str(), 0);
  return dir.path() / aside;
}

}  // namespace mesh::app
