// One attempt to send a job of the outbox. Included by the .cpp files of outbox_runner only.
#pragma once
#include "agent/app/outbox_runner.hpp"
#include "agent/os/cpu_time.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace mesh::app {

struct outbox_runner::attempt {
  explicit attempt(const io::executor& on) : changed(on) {}
  std::optional<std::uint64_t> number;  // in the data plane
  std::string session;
  std::unique_ptr<p2p::byte_stream> stream;  // by which a browser came for it, until it is used
  bool waiting = true;                       // for the receiver's yes
  bool agreed = false;
  steady_time agreed_at{};
  bool unkept = false;  // that the receiver knows of it
  std::chrono::duration<double> cpu_before = os::process_cpu_time();
  bool stopped = false;  // by a person, who was told
  double rate = 0;
  std::optional<std::int64_t> eta_seconds;
  std::uint64_t done = 0;
  std::uint64_t files_done = 0;
  std::optional<std::string> current;
  std::optional<result<share::transfer_summary>> end;
  io::condition changed;
};

}  // namespace mesh::app
