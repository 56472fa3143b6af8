#include "agent/app/outbox_runner.hpp"

#include "agent/app/session_request.hpp"
#include "agent/app/spool.hpp"
#include "agent/os/atomic_file.hpp"
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
constexpr auto file_name = "outbox.json";
constexpr std::size_t file_bytes_max = 16UZ * 1024 * 1024;
constexpr auto online_timeout = 15s;
// How far bytes went is only worth a count of what is sent twice.
constexpr auto keep_interval = 5s;

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

// Of "photos/" and "." too.
std::string name_of(const std::filesystem::path& path) {
  std::error_code code;
  if (!std::filesystem::is_directory(path, code)) return path.filename().string();
  const auto real = std::filesystem::canonical(path, code);
  return code ? path.filename().string() : real.filename().string();
}

transfer_record record_of(const outbox_job& job) {
  transfer_record r;
  r.transfer_id = job.id;
  r.direction = transfer_direction::out;
  r.state = state_of(job.state);
  r.name = job.name;
  r.size = job.size;
  r.done = job.state == job_state::done ? job.size : job.sent;
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
  return r;
}

}  // namespace

struct outbox_runner::attempt {
  explicit attempt(const io::executor& on) : changed(on) {}
  std::optional<std::uint64_t> number;  // in the data plane
  std::string session;
  std::unique_ptr<p2p::byte_stream> stream;  // by which a browser came for it, until it is used
  bool waiting = true;                       // for the receiver's yes
  bool agreed = false;
  bool stopped = false;  // by a person, who was told
  double rate = 0;
  std::optional<std::int64_t> eta_seconds;
  std::uint64_t done = 0;
  std::uint64_t files_done = 0;
  std::optional<std::string> current;
  std::optional<result<share::transfer_summary>> end;
  io::condition changed;
};

outbox_runner::outbox_runner(server_link::account& account, server_link::server_link& link, data_plane& plane,
                             io::task_group& tasks, const os::private_dir* kept)
    : account_(account),
      link_(link),
      plane_(plane),
      tasks_(tasks),
      kept_(kept),
      changed_(tasks.get_executor()) {}

void outbox_runner::start() {
  if (kept_ != nullptr) {
    const auto text = os::read_private_file(*kept_, file_name, file_bytes_max);
    if (text && *text) {
      auto back = outbox::restore((*text)->reveal());
      if (back)
        jobs_ = std::move(*back);
      else
        log::warn(module, "what waited to be sent cannot be read: {}", back.error().detail);
    }
    for (const auto* job : jobs_.all()) show(job->id, transfer_change::queued);
  }
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
    while (const auto* job = jobs_.take(steady_now()))
      tasks_.spawn("send", run_job(job->id, std::make_shared<attempt>(tasks_.get_executor())));
    const auto due = jobs_.next_due();
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
  stop(id, "the browser asked for it again");
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
  if (now->stopped) {
    const auto same = [&](const auto& s) { return s.second == now->session; };
    if (std::ranges::none_of(sessions_, same)) spend(now->session);
    co_return close_idle_sessions();
  }
  attempts_.erase(id);
  if (!outcome) {
    spend(now->session);
    jobs_.fail(id, outcome.error(), steady_now());
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

io::task<result<void>> outbox_runner::send(std::string id, std::shared_ptr<attempt> now) {
  const auto* job = jobs_.find(id);
  if (job == nullptr) co_return fail(errc::canceled);
  const auto number = co_await offer(outbox_job(*job), now);
  if (!number) co_return std::unexpected(number.error());
  now->number = *number;
  show(id, transfer_change::offered);
  while (!now->end) co_await now->changed.wait();
  if (!*now->end) co_return std::unexpected(now->end->error());
  if ((*now->end)->tree) jobs_.set_folder(id, *(*now->end)->tree);
  jobs_.succeed(id, (*now->end)->hash, (*now->end)->name);
  co_return result<void>();
}

io::task<result<std::uint64_t>> outbox_runner::offer(outbox_job job, std::shared_ptr<attempt> now) {
  std::shared_ptr<share::source_tree> tree;
  std::optional<share::file_source> file;
  const auto patterns =
      job.no_ignore.value_or(false) ? share::ignore_files::overlook : share::ignore_files::obey;
  if (job.folder) {
    auto scanned = co_await plane_.scan(job.path, patterns);
    if (!scanned) co_return pass(scanned);
    tree = std::make_shared<share::source_tree>(std::move(*scanned));
    jobs_.set_folder(job.id, tree->left_out);
    (void)jobs_.begin(job.id, tree->size, tree->mtime);
  } else {
    auto opened = job.zip ? co_await plane_.zip(job.path, patterns) : share::file_source::open(job.path);
    if (!opened) co_return pass(opened);
    file = std::move(*opened);
    const auto same = jobs_.begin(job.id, file->size(), unix_milliseconds(file->mtime()));
    if (!same) co_return std::unexpected(same.error());
  }
  if (now->stream) {
    if (now->stopped) co_return fail(errc::canceled);
    const auto* asked = jobs_.find(job.id);
    const auto rate = asked == nullptr ? std::nullopt : asked->limit;
    co_return plane_.give(now->session, std::move(now->stream), std::move(*file), job.id,
                          watch_of(job.id, now), rate);
  }
  const auto session = co_await session_for(job, now);
  if (now->stopped) co_return fail(errc::canceled);
  if (!session) co_return std::unexpected(session.error());
  auto watch = watch_of(job.id, now);
  const auto* still = jobs_.find(job.id);
  const auto rate = still == nullptr ? std::nullopt : still->limit;
  if (tree) co_return plane_.send_folder(*session, std::move(tree), job.id, std::move(watch), rate);
  co_return plane_.send(*session, std::move(*file), job.id, std::move(watch), rate, job.text.value_or(false));
}

transfer_watch outbox_runner::watch_of(const std::string& id, const std::shared_ptr<attempt>& now) {
  transfer_watch watch;
  watch.started = [this, id, now] {
    now->waiting = false;
    if (now->stopped) return;
    show(id, transfer_change::started);
  };
  watch.moved = [this, id, now](const share::progress& p) {
    if (!p.agreed || now->stopped) return;
    if (!now->agreed) {
      now->agreed = true;
      jobs_.agreed(id, p.before);
    }
    jobs_.moved(id, p.sent);
    now->files_done = p.files_done;
    now->current = p.current;
    now->done = p.done;
    now->rate = p.rate;
    now->eta_seconds.reset();
    if (p.eta) now->eta_seconds = p.eta->count();
    show(id, transfer_change::progressed);
    if (steady_now() - kept_at_ > keep_interval) keep();
  };
  watch.ended = [now](const result<share::transfer_summary>& outcome) {
    now->end = outcome;
    now->changed.notify();
  };
  return watch;
}

// One for all files that go to the same machine at about the same time.
io::task<result<std::string>> outbox_runner::session_for(outbox_job job, std::shared_ptr<attempt> now) {
  const auto kind = job.folder ? wire::session_kind::folder : wire::session_kind::file;
  const auto key = job.device_id + '\n' + job.room + '\n' + wire::word_of(kind);
  if (const auto known = sessions_.find(key); known != sessions_.end()) {
    if (plane_.is_open(known->second)) co_return now->session = known->second;
    spend(std::string(known->second));
  }
  if (const auto online = co_await link_.wait_online(online_timeout); !online)
    co_return std::unexpected(online.error());
  auto session = co_await request_session(account_, job.device_id, job.room, kind);
  if (!session) co_return pass(session);
  const auto id = now->session = session->session_id;
  if (now->stopped) co_return fail(errc::canceled);
  if (const auto connected = co_await plane_.connect(std::move(*session)); !connected)
    co_return std::unexpected(connected.error());
  sessions_.insert_or_assign(key, id);
  co_return id;
}

// A session that did not carry one file carries no other.
void outbox_runner::spend(const std::string& session) {
  if (session.empty()) return;
  std::erase_if(sessions_, [&](const auto& s) { return s.second == session; });
  spent_.insert(session);
}

void outbox_runner::close_idle_sessions() {
  std::erase_if(spent_, [this](const std::string& session) {
    if (std::ranges::any_of(attempts_, [&](const auto& a) { return a.second->session == session; }))
      return false;
    close_session(plane_, link_, session);
    return true;
  });
  std::erase_if(sessions_, [this](const auto& s) {
    if (jobs_.waits_for(s.first.substr(0, s.first.find('\n')))) return false;
    close_session(plane_, link_, s.second);
    return true;
  });
}

result<void> outbox_runner::control(const std::string& id, std::string_view action) {
  result<bool> stops = false;
  result<void> done;
  if (action == "pause")
    stops = jobs_.pause(id);
  else if (action == "cancel")
    stops = jobs_.cancel(id);
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
  if (*stops) stop(id, action == "pause" ? "paused by the sender" : "canceled by the sender");
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
void outbox_runner::stop(const std::string& id, const char* why) {
  const auto running = attempts_.extract(id);
  if (!running) return;
  auto& now = *running.mapped();
  now.stopped = true;
  if (now.number)
    plane_.stop(*now.number, {errc::canceled, why, {}});
  else if (!now.session.empty())
    close_session(plane_, link_, now.session);  // it still connects
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
  if (kept_ == nullptr) return;
  kept_at_ = steady_now();
  const auto text = jobs_.serialise();
  if (const auto done = os::write_file_atomically(*kept_, file_name, as_bytes(text)); !done)
    log::warn(module, "what waits to be sent cannot be kept: {}", done.error().detail);
}

}  // namespace mesh::app
