#include "agent/app/outbox_job.hpp"

#include "agent/share/utf8.hpp"
#include "core/base/escape.hpp"

#include <algorithm>
#include <set>

namespace mesh::app {
namespace {

struct kept_outbox {
  std::vector<outbox_job> jobs;
};
BOOST_DESCRIBE_STRUCT(kept_outbox, (), (jobs))

struct read_jobs {
  std::vector<wire::json_value> jobs;
};
BOOST_DESCRIBE_STRUCT(read_jobs, (), (jobs))

std::string text_of(const kept_outbox& kept) {
  auto text = wire::to_text(wire::to_json(kept));
  // One byte that is no UTF-8 would cost all of it when it is read back.
  return valid_utf8(text) ? text : share::well_formed(text);
}

}  // namespace

bool has_ended(const outbox_job& job) {
  return job.state == job_state::done || job.state == job_state::failed;
}

std::string outbox_text(std::vector<outbox_job> jobs, std::size_t bytes_max) {
  kept_outbox kept{std::move(jobs)};
  auto text = text_of(kept);
  if (text.size() > bytes_max) {
    for (auto& job : kept.jobs)
      for (auto* figures : {&job.folder, &job.left_out})
        if (*figures) (*figures)->notes.clear();
    text = text_of(kept);
  }
  while (text.size() > bytes_max) {
    auto drop = (std::ranges::count_if(kept.jobs, has_ended) + 1) / 2;
    if (drop == 0) break;
    std::vector<outbox_job> left;
    for (auto& job : kept.jobs)
      if (!has_ended(job) || drop-- <= 0) left.push_back(std::move(job));
    kept.jobs = std::move(left);
    text = text_of(kept);
  }
  return text;
}

result<outbox_read> read_outbox(std::string_view text) {
  const auto json = wire::parse_json(text, outbox_text_bytes_max);
  if (!json) return fail(errc::bad_message, json.error().detail);
  const auto kept = wire::from_json<read_jobs>(*json);
  if (!kept) return fail(errc::bad_message, kept.error().detail);
  outbox_read out;
  std::set<std::string> known{""};
  for (const auto& one : kept->jobs) {
    auto job = wire::from_json<outbox_job>(one);
    if (!job || !known.insert(job->id).second) {
      ++out.unreadable;
      continue;
    }
    if (job->state == job_state::running) job->state = job_state::queued;
    out.jobs.push_back(std::move(*job));
  }
  return out;
}

}  // namespace mesh::app
