// The one mutex of Mesh, annotated so that clang's -Wthread-safety proves who holds it.
#pragma once
#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define MESH_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define MESH_THREAD_ANNOTATION(x)
#endif

// The member is read and written only while the named mutex is held.
#define MESH_GUARDED_BY(mutex) MESH_THREAD_ANNOTATION(guarded_by(mutex))
// The function is called only while the named mutex is held.
#define MESH_REQUIRES(...) MESH_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))

namespace mesh {

class MESH_THREAD_ANNOTATION(capability("mutex")) mutex {
 public:
  void lock() MESH_THREAD_ANNOTATION(acquire_capability()) { native_.lock(); }
  void unlock() MESH_THREAD_ANNOTATION(release_capability()) { native_.unlock(); }

 private:
  friend class mutex_condition;
  std::mutex native_;
};

class MESH_THREAD_ANNOTATION(scoped_lockable) mutex_lock {
 public:
  explicit mutex_lock(mutex& held) MESH_THREAD_ANNOTATION(acquire_capability(held)) : held_(held) {
    held_.lock();
  }
  ~mutex_lock() MESH_THREAD_ANNOTATION(release_capability()) { held_.unlock(); }
  mutex_lock(const mutex_lock&) = delete;
  mutex_lock& operator=(const mutex_lock&) = delete;

 private:
  mutex& held_;
};

// Waiting for a change behind a mutex: while (!ready) changed.wait(mutex);
class mutex_condition {
 public:
  void wait(mutex& held) MESH_REQUIRES(held) {
    std::unique_lock lock(held.native_, std::adopt_lock);
    native_.wait(lock);
    lock.release();
  }
  void notify_one() noexcept { native_.notify_one(); }
  void notify_all() noexcept { native_.notify_all(); }

 private:
  std::condition_variable native_;
};

}  // namespace mesh
