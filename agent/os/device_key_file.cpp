#include "agent/os/device_key_file.hpp"

#include "agent/os/atomic_file.hpp"

namespace mesh::os {
namespace {

result<crypto::signing_key> key_of(const secret& content, const private_dir& dir, const std::string& name) {
  auto key = crypto::signing_key::from_seed(as_bytes(content.reveal()));
  if (!key)
    return fail(errc::state_unreadable,
                (dir.path() / name).string() + " does not hold a device key (32 bytes)");
  return key;
}

}  // namespace

result<crypto::signing_key> load_or_make_device_key(const private_dir& dir, const std::string& name) {
  auto there = read_private_file(dir, name, crypto::signing_key::seed_bytes + 1);
  if (!there) return pass(there);
  if (*there) return key_of(**there, dir, name);

  auto key = crypto::signing_key::generate();
  const auto seed = key.seed();
  auto written = create_file_atomically(dir, name, as_bytes(seed.reveal()));
  if (written) return key;
  if (written.error().code != errc::file_exists) return pass(written);
  // Another process was faster: its key is the device's.
  there = read_private_file(dir, name, crypto::signing_key::seed_bytes + 1);
  if (!there) return pass(there);
  if (!*there) return fail(errc::state_unreadable, (dir.path() / name).string() + " went away");
  return key_of(**there, dir, name);
}

}  // namespace mesh::os
