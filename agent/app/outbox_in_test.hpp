// What the tests of the outbox share: jobs for one device.
#pragma once
#include "agent/app/outbox.hpp"

#include <string>
#include <utility>

namespace mesh::app {

inline outbox_job job(std::string id, std::string device = "device-b") {
  outbox_job out;
  out.id = std::move(id);
  out.path = "/home/ana/" + out.id;
  out.name = out.id;
  out.device_id = std::move(device);
  return out;
}

inline const error cut{errc::connection_lost, "the peer is gone", {}};

// The job that is started, "" for none; its device is there.
inline std::string start(outbox& box, steady_time now) {
  const auto* started = box.take(now);
  if (started == nullptr) return {};
  box.reach(started->id, outbox::stage::connected);
  return started->id;
}

}  // namespace mesh::app
