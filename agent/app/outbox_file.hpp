// The outbox as it is kept over the end of the program.
#pragma once
#include "agent/app/outbox.hpp"
#include "agent/os/private_dir.hpp"
#include "core/base/clock.hpp"

#include <optional>

namespace mesh::app {

// One thread.
class outbox_file {
 public:
  // dir: the state directory, which outlives this; null for an outbox that nobody keeps.
  explicit outbox_file(const os::private_dir* dir) : dir_(dir) {}

  // What was kept; empty when nothing was. What cannot be read is warned of and left out; the file as it was
  // stays aside then.
  outbox load() const;
  // What was kept before stands when the disk does not take it; warned of once, until it could be written
  // again.
  void save(const outbox& jobs, steady_time now);
  // When to save again because the last time failed.
  std::optional<steady_time> due() const { return due_; }
  // When it was last tried.
  steady_time saved_at() const { return saved_at_; }

 private:
  const os::private_dir* dir_;
  steady_time saved_at_{};
  std::optional<steady_time> due_;
};

}  // namespace mesh::app
