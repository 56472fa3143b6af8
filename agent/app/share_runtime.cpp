#include "agent/app/share_runtime.hpp"

#include "core/base/log.hpp"

#include <exception>
#include <memory>

namespace mesh::app {

share::runtime share_runtime(const io::executor& on, disk_pools& disk) {
  share::runtime rt;
  rt.now = [] { return steady_now(); };
  rt.post = [on](std::move_only_function<void()> work) { io::post(on, std::move(work)); };
  rt.offload = [on, &disk](share::disk_work kind, std::move_only_function<void()> job,
                           std::move_only_function<void()> then) {
    // Shared by both ways: the queue takes the work, or it is done here and now.
    struct pair {
      std::move_only_function<void()> job, then;
    };
    const auto both = std::make_shared<pair>(std::move(job), std::move(then));
    const auto work = [on, both] {
      try {
        both->job();
      } catch (const std::exception& reason) {
        // What the job was to find out stays unknown, which its owner takes for a failure.
        log::error("share", "work on the disk failed: {}", reason.what());
      }
      io::post(on, [both] { both->then(); });
    };
    auto& workers = kind == share::disk_work::syncing ? disk.syncing : disk.reading;
    if (!workers.submit(work)) work();
  };
  return rt;
}

}  // namespace mesh::app
