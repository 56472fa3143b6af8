// Processor time that this process has used, on all its threads.
#pragma once
#include <chrono>
#include <ctime>

namespace mesh::os {

inline std::chrono::duration<double> process_cpu_time() noexcept {
  timespec used{};
  (void)::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace mesh::os
