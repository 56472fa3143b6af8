// Waiting for what another thread does.
#pragma once
#include "core/io/task.hpp"

#include <functional>

namespace mesh::io {

// Called once, from any thread; forgetting to call it leaves the task waiting for ever.
using completion = std::move_only_function<void(result<void>)>;

// Hands a completion to start (called at once, on this thread) and waits until it is called; the task resumes
// on its own executor. Cancelling the task takes effect afterwards, so whatever the other thread uses of the
// coroutine's frame stays valid. The loop must outlive the other thread's call.
task<result<void>> elsewhere(std::move_only_function<void(completion)> start);

}  // namespace mesh::io
