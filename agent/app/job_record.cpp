#include "agent/app/job_record.hpp"

namespace mesh::app {
namespace {

transfer_state state_of(job_state state) {
  switch (state) {
    case job_state::queued:
      return transfer_state::queued;
    case job_state::running:
      return transfer_state::running;
    case job_state::paused:
      return transfer_state::paused;
    case job_state::done:
      return transfer_state::done;
    case job_state::failed:
      return transfer_state::failed;
  }
  return transfer_state::failed;
}

}  // namespace

transfer_record record_of(const outbox_job& job) {
  transfer_record r;
  r.transfer_id = job.id;
  r.direction = transfer_direction::out;
  r.state = state_of(job.state);
  r.name = job.name;
  r.size = job.size;
  r.done = job.state == job_state::done ? job.arrived.value_or(job.size) : job.sent;
  r.before = job.before;
  r.resent = job.resent;
  r.device_id = job.device_id;
  r.username = job.username;
  r.limit = job.limit;
  r.started_at = job.added_at;
  r.hash = job.hash;
  r.stored = job.stored;
  r.code = job.code;
  r.message = job.message;
  r.folder = job.folder;
  r.left_out = job.left_out;
  r.xattrs_left = job.xattrs_left;
  r.cpu_seconds = job.cpu_seconds;
  if (job.text) r.text.emplace();
  return r;
}

}  // namespace mesh::app
