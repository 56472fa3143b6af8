#include "agent/app/outbox_file.hpp"

#include "agent/app/put_aside.hpp"
#include "agent/os/atomic_file.hpp"
#include "core/base/log.hpp"

#include <chrono>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace mesh::app {
namespace {

constexpr auto file_name = "outbox.json";
// A disk that is full stays so for a while.
constexpr auto pause_after_failure = std::chrono::seconds(5);

}  // namespace

outbox outbox_file::load() const {
  if (dir_ == nullptr) return {};
  const auto text = os::read_private_file(*dir_, file_name, outbox_text_bytes_max);
  if (text && !*text) return {};
  auto jobs = text ? outbox::restore((*text)->reveal()) : result<outbox>(std::unexpected(text.error()));
  if (jobs && jobs->unreadable() == 0) return std::move(*jobs);
  const auto aside = put_aside(*dir_, file_name);
  log::warn("share", "what waited to be sent cannot be read{}; as it was it is put aside as {}: {}",
            jobs ? " whole" : "", aside.string(),
            jobs ? fmt::format("{} jobs are none of ours", jobs->unreadable()) : jobs.error().detail);
  if (jobs) return std::move(*jobs);
  (void)::unlinkat(dir_->fd(), file_name, 0);
  return {};
}

void outbox_file::save(const outbox& jobs, steady_time now) {
  if (dir_ == nullptr) return;
  saved_at_ = now;
  const auto text = jobs.serialise();
  const auto done = text.size() > outbox_text_bytes_max
                        ? fail(errc::too_large, "it could not be read back")
                        : os::write_file_atomically(*dir_, file_name, as_bytes(text));
  if (!done && !due_) log::warn("share", "what waits to be sent cannot be kept: {}", done.error().detail);
  due_.reset();
  if (!done) due_ = now + pause_after_failure;
}

}  // namespace mesh::app
