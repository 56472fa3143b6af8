// How one job of the outbox goes: its source is opened, a session found or asked for, and the transfer
// watched.
#include "agent/app/outbox_attempt.hpp"
#include "agent/app/session_request.hpp"

#include <filesystem>
#include <optional>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

constexpr auto online_timeout = 15s;
// How far bytes went is only worth a count of what is sent twice.
constexpr auto keep_interval = 5s;
// That the receiver knows of a file.
constexpr auto keep_first = 1s;

// A file of this machine that has gone: no name is wrong.
error of_source(error why) {
  if (why.code == errc::not_found) why.code = errc::file_unreadable;
  return why;
}

}  // namespace

io::task<result<void>> outbox_runner::send(std::string id, std::shared_ptr<attempt> now) {
  const auto* job = jobs_.find(id);
  if (job == nullptr) co_return fail(errc::canceled);
  const auto number = co_await offer(outbox_job(*job), now);
  if (!number) co_return std::unexpected(number.error());
  now->number = *number;
  show(id, transfer_change::offered);
  (void)co_await now->changed.wait_for(answer_patience);
  if (now->waiting && !now->end) {
    jobs_.waits_for_person(id);
    keep();  // the receiver has it in its list
    changed_.notify();
  }
  while (!now->end) co_await now->changed.wait();
  jobs_.used_cpu(id, (os::process_cpu_time() - now->cpu_before).count());
  if (!*now->end) co_return std::unexpected(now->end->error());
  if ((*now->end)->tree) {
    jobs_.set_folder(id, *(*now->end)->tree);
    jobs_.arrived(id, (*now->end)->info.size);
  }
  jobs_.leave_xattrs(id, (*now->end)->xattrs_left);
  jobs_.succeed(id, (*now->end)->hash, (*now->end)->name);
  co_return result<void>();
}

io::task<result<std::uint64_t>> outbox_runner::offer(outbox_job job, std::shared_ptr<attempt> now) {
  std::shared_ptr<share::source_tree> tree;
  std::optional<share::file_source> file;
  const auto reach = [&](outbox::stage at) {
    if (now->stopped) return;  // another attempt may run
    jobs_.reach(job.id, at);
    changed_.notify();
  };
  if (job.folder || job.zip) reach(outbox::stage::preparing);
  const auto patterns =
      job.no_ignore.value_or(false) ? share::ignore_files::overlook : share::ignore_files::obey;
  if (job.folder) {
    auto scanned = co_await plane_.scan(job.path, patterns);
    if (!scanned) co_return std::unexpected(of_source(std::move(scanned).error()));
    tree = std::make_shared<share::source_tree>(std::move(*scanned));
    jobs_.set_folder(job.id, tree->left_out);
    (void)jobs_.begin(job.id, tree->size, tree->mtime);
  } else {
    if (job.zip) {
      auto zipped = co_await plane_.zip(job.path, patterns);
      if (!zipped) co_return std::unexpected(of_source(std::move(zipped).error()));
      jobs_.leave_out(job.id, std::move(zipped->left_out));
      file = std::move(zipped->source);
    } else {
      auto opened = share::file_source::open(job.path);
      if (!opened) co_return std::unexpected(of_source(std::move(opened).error()));
      file = std::move(*opened);
    }
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
  reach(outbox::stage::connecting);
  const auto session = co_await session_for(job, now);
  if (now->stopped) co_return fail(errc::canceled);
  if (!session) co_return std::unexpected(session.error());
  reach(outbox::stage::connected);
  auto watch = watch_of(job.id, now);
  const auto* still = jobs_.find(job.id);
  const sending_options how{.rate = still == nullptr ? std::nullopt : still->limit,
                            .text = job.text.value_or(false),
                            .xattrs = job.xattrs.value_or(false)};
  if (tree) co_return plane_.send_folder(*session, std::move(tree), job.id, std::move(watch), how);
  co_return plane_.send(*session, std::move(*file), job.id, std::move(watch), how);
}

transfer_watch outbox_runner::watch_of(const std::string& id, const std::shared_ptr<attempt>& now) {
  transfer_watch watch;
  watch.started = [this, id, now] {
    now->waiting = false;
    jobs_.accepted(id);
    changed_.notify();
    now->cpu_before = os::process_cpu_time();
    if (now->stopped) return;
    show(id, transfer_change::started);
  };
  watch.moved = [this, id, now](const share::progress& p) {
    if (!p.agreed || now->stopped) return;
    if (!now->agreed) {
      now->agreed = now->unkept = true;
      now->agreed_at = steady_now();
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
    // A small file is through before that is worth an fsync.
    const bool unkept = now->unkept && steady_now() - now->agreed_at > keep_first;
    if (!unkept && steady_now() - file_.saved_at() <= keep_interval) return;
    now->unkept = false;
    keep();
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
    if (plane_.sessions().find(known->second)) co_return now->session = known->second;
    spend(std::string(known->second));
  }
  if (const auto online = co_await link_.wait_online(online_timeout); !online)
    co_return std::unexpected(online.error());
  auto session = co_await request_session(account_, job.device_id, job.room, kind);
  if (!session) co_return pass(session);
  const auto id = now->session = session->session_id;
  if (now->stopped) co_return fail(errc::canceled);
  if (const auto connected = co_await plane_.sessions().connect(std::move(*session)); !connected)
    co_return std::unexpected(connected.error());
  sessions_.insert_or_assign(key, id);
  co_return id;
}

}  // namespace mesh::app
