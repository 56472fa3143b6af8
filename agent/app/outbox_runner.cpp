#include "agent/app/outbox_runner.hpp"

#include "agent/app/job_record.hpp"
#include "agent/app/outbox_attempt.hpp"
#include "agent/app/session_request.hpp"
#include "agent/app/spool.hpp"
#include "agent/p2p/close_code.hpp"
#include "agent/share/safe_name.hpp"
#include "core/base/limits.hpp"
#include "core/base/log.hpp"
#include "core/crypto/random.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view module = "share";

// Of "photos/" and "." too.
std::string name_of(const std::filesystem::path& path) {
  std::error_code code;
  if (!std::filesystem::is_directory(path, code)) return path.filename().string();
  const auto real = std::filesystem::canonical(path, code);
  return code ? path.filename().string() : real.filename().string();
}

}  // namespace

outbox_runner::outbox_runner(server_link::account& account, server_link::server_link& link, data_plane& plane,
                             io::task_group& tasks, const os::private_dir* kept)
    : account_(account),
      link_(link),
      plane_(plane),
      tasks_(tasks),
      kept_(kept),
      file_(kept),
      changed_(tasks.get_executor()),
      answered_(tasks.get_executor()) {}

outbox_runner::~outbox_runner() {
  plane_.on_collected(nullptr);
  if (file_.due()) file_.save(jobs_, steady_now());
}

void outbox_runner::start() {
  jobs_ = file_.load();
  for (const auto* job : jobs_.all()) show(job->id, transfer_change::queued);
  if (kept_ != nullptr)
    clean_spool(kept_->path(), [this](const std::filesystem::path& folder) {
      return std::ranges::any_of(jobs_.all(), [&](const outbox_job* job) {
        return std::filesystem::path(job->path).parent_path() == folder;
      });
    });
  plane_.on_collected(
      [this](const p2p::session_info& session, const std::string& id,
             std::unique_ptr<p2p::byte_stream>& stream) { return collect(session, id, stream); });
  tasks_.spawn("outbox", run());
}

result<std::string> outbox_runner::add(const send_wish& wish, const wire::device_info& to) {
  const auto& path = wish.path;
  for (const auto* job : jobs_.all()) {
    const bool ended = job->state == job_state::done || job->state == job_state::failed;
    if (ended || job->path != path || job->device_id != to.device_id.str() ||
        job->zip.value_or(false) != wish.zip)
      continue;
    const auto id = job->id;
    if (wish.limit) (void)jobs_.limit(id, wish.limit);
    jobs_.overlook_ignore_files(id, wish.no_ignore);
    jobs_.send_xattrs(id, wish.xattrs);
    (void)control(id, job->state == job_state::paused ? "resume" : "retry");
    return id;
  }
  outbox_job job;
  job.id = to_crockford(crypto::random_bytes<10>());
  job.path = path;
  job.name = share::offered_name(name_of(path));
  if (job.name.empty()) return fail(errc::file_unreadable, path + " has no name", "PATH");
  job.device_id = to.device_id.str();
  job.username = to.username;
  job.room = wish.room;
  job.limit = wish.limit;
  if (wish.no_ignore) job.no_ignore = true;
  if (wish.text) job.text = true;
  if (wish.zip) job.zip = true;
  if (wish.xattrs) job.xattrs = true;
  if (to.kind == "browser") job.browser_key = to.key_sha256;
  job.added_at = format_rfc3339(wall_now());
  std::error_code code;
  const bool folder = std::filesystem::is_directory(path, code);
  if (folder && job.browser_key && !wish.zip)
    return fail(errc::not_a_file, "a browser takes files; a folder goes there with --zip", "PATH");
  if (wish.zip && !folder) return fail(errc::not_a_file, path + " is no folder", "PATH");
  if (folder && wish.zip)
    job.name += ".zip";
  else if (folder)
    job.folder.emplace();
  else
    job.size = std::filesystem::file_size(path, code);
  if (code) return fail(errc::file_unreadable, path + ": " + code.message(), "PATH");
  const auto id = job.id;
  const bool offered = job.browser_key.has_value();
  if (auto added = jobs_.add(std::move(job)); !added) return pass(added);
  show(id, offered ? transfer_change::offered : transfer_change::queued);
  keep();
  changed_.notify();
  return id;
}

io::task<> outbox_runner::run() {
  while (true) {
    const auto now = steady_now();
    if (file_.due() && *file_.due() <= now) keep();
    while (const auto* job = jobs_.take(now))
      tasks_.spawn("send", run_job(job->id, std::make_shared<attempt>(tasks_.get_executor())));
    if (const auto* job = taking_back_ ? nullptr : jobs_.take_untold(now)) {
      taking_back_ = true;
      tasks_.spawn("take back", take_back(*job));
    }
    auto due = jobs_.next_due(now);
    if (const auto unkept = file_.due(); unkept && (!due || *unkept < *due)) due = unkept;
    if (!due)
      co_await changed_.wait();
    else
      (void)co_await changed_.wait_for(std::max<steady_time::duration>(*due - steady_now(), 50ms));
  }
}

result<void> outbox_runner::collect(const p2p::session_info& session, const std::string& id,
                                    std::unique_ptr<p2p::byte_stream>& stream) {
  const auto job = jobs_.collect(id, session.peer().device_id.str(), session.peer().key_sha256);
  if (!job) return std::unexpected(job.error());
  stop(id, {errc::canceled, "the browser asked for it again", {}});
  const auto now = std::make_shared<attempt>(tasks_.get_executor());
  now->session = session.id().str();
  now->stream = std::move(stream);
  attempts_.insert_or_assign(id, now);
  tasks_.spawn("give", run_job(id, now));
  return {};
}

io::task<> outbox_runner::run_job(std::string id, std::shared_ptr<attempt> now) {
  attempts_.insert_or_assign(id, now);
  const auto outcome = co_await send(id, now);
  if (outcome)
    ends_.erase(now->session);
  else if (!now->session.empty())
    ends_.insert_or_assign(now->session, outcome.error());
  if (now->stopped) {
    const auto same = [&](const auto& s) { return s.second == now->session; };
    if (std::ranges::none_of(sessions_, same)) spend(now->session);
    co_return close_idle_sessions();
  }
  attempts_.erase(id);
  if (!outcome) {
    spend(now->session);
    for (const auto& other : jobs_.fail(id, outcome.error(), steady_now()))
      show(other, transfer_change::queued);
  }
  if (const auto* job = jobs_.find(id)) {
    const bool ended = job->state == job_state::done || job->state == job_state::failed;
    if (!outcome)
      log::info(module, "{} id={} to={} code={} tries={}", ended ? "Sending failed" : "Sending goes on later",
                id, job->device_id, word(outcome.error().code), job->tries);
    if (job->state == job_state::done) drop_spooled(id);
    show(id, ended ? transfer_change::ended : transfer_change::queued);
  }
  keep();
  close_idle_sessions();
  changed_.notify();
}

// A session that did not carry one file carries no other.
void outbox_runner::spend(const std::string& session) {
  if (session.empty()) return;
  std::erase_if(sessions_, [&](const auto& s) { return s.second == session; });
  spent_.insert(session);
}

void outbox_runner::close_idle_sessions() {
  const auto is_asked = [this](const std::string& session) {
    return std::ranges::any_of(questions_, [&](const auto& q) { return q.second.session == session; });
  };
  std::erase_if(spent_, [&](const std::string& session) {
    if (std::ranges::any_of(attempts_, [&](const auto& a) { return a.second->session == session; }))
      return false;
    if (is_asked(session)) return false;
    close(session);
    return true;
  });
  std::erase_if(sessions_, [&](const auto& s) {
    if (is_asked(s.second) || jobs_.waits_for(s.first.substr(0, s.first.find('\n')))) return false;
    close(s.second);
    return true;
  });
}

// The end of the session may overtake that of what it carried: both say the same.
void outbox_runner::close(const std::string& session) {
  const auto why = ends_.extract(session);
  close_session(plane_, link_, session, why ? why.mapped() : p2p::close_code::closed_here());
}

result<void> outbox_runner::control(const std::string& id, std::string_view action) {
  result<bool> stops = false;
  result<void> done;
  if (action == "pause")
    stops = jobs_.pause(id);
  else if (action == "cancel")
    stops = jobs_.cancel(id, steady_now());
  else if (action == "resume")
    done = jobs_.resume(id);
  else if (action == "retry")
    done = jobs_.retry(id);
  else if (action == "first")
    done = jobs_.first(id);
  else
    return fail(errc::kind_unknown, std::string(action), "action");
  if (!stops) return std::unexpected(stops.error());
  if (!done) return done;
  const bool pauses = action == "pause";
  if (*stops)
    stop(id, pauses ? p2p::close_code::pause() : error{errc::canceled, "canceled by the sender", {}});
  if (action == "cancel") drop_spooled(id);
  show(id, action == "cancel" ? transfer_change::ended : transfer_change::queued);
  keep();
  changed_.notify();
  return {};
}

result<void> outbox_runner::limit(const std::string& id, std::optional<std::uint64_t> rate) {
  if (auto done = jobs_.limit(id, rate); !done) return done;
  if (const auto found = attempts_.find(id); found != attempts_.end() && found->second->number)
    plane_.limit(*found->second->number, rate);
  const auto* job = jobs_.find(id);
  show(id, job->state == job_state::running ? transfer_change::progressed : transfer_change::queued);
  keep();
  return {};
}

// The attempt ends in a moment; what it says then does not count any more.
void outbox_runner::stop(const std::string& id, const error& why) {
  const auto running = attempts_.extract(id);
  if (!running) return;
  auto& now = *running.mapped();
  now.stopped = true;
  if (now.number) {
    plane_.stop(*now.number, why);
    ask_if_heard(id, now);
  } else if (!now.session.empty()) {
    close(now.session);  // it still connects
  }
}

void outbox_runner::appeared(const std::string& device_id) {
  for (const auto* job : jobs_.all())
    if (device_id.empty() || job->device_id == device_id) jobs_.appeared(job->device_id);
  changed_.notify();
}

void outbox_runner::show(const std::string& id, transfer_change change) {
  const auto* job = jobs_.find(id);
  if (job == nullptr) return;
  auto record = record_of(*job);
  // Until its browser comes.
  if (job->browser_key && job->state == job_state::queued) record.state = transfer_state::waiting;
  if (const auto found = attempts_.find(id); found != attempts_.end()) {
    const auto& now = *found->second;
    if (job->state == job_state::running && now.waiting && now.number) record.state = transfer_state::waiting;
    record.session_id = now.session;
    record.rate = now.rate;
    record.eta_seconds = now.eta_seconds;
    if (now.agreed && job->state == job_state::running) record.done = now.done;
    if (record.folder && job->state == job_state::running) {
      record.folder->files_done = now.files_done;
      record.folder->current = now.current;
    }
  }
  plane_.book().put(std::move(record), change, steady_now());
}

void outbox_runner::drop_spooled(const std::string& id) {
  const auto* job = jobs_.find(id);
  if (kept_ != nullptr && job != nullptr) unspool(job->path, kept_->path());
}

void outbox_runner::keep() {
  file_.save(jobs_, steady_now());
  if (file_.due()) changed_.notify();  // run() has to know when to try it again
}

}  // namespace mesh::app
