#include "agent/app/outbox.hpp"

#include "agent/app/transfer_book.hpp"
#include "agent/share/file_sender.hpp"
#include "agent/share/utf8.hpp"
#include "core/base/limits.hpp"

#include <algorithm>
#include <ranges>

namespace mesh::app {
namespace {

// Of what the other side says: its reason, and the name that it gave a file.
constexpr std::size_t said_bytes_max = 4UZ * 1024;

// Of a source that changes each time that it is sent.
constexpr std::int64_t changes_max = 3;

std::string bounded(std::string_view said) {
  const auto text = share::well_formed(said);
  return std::string(share::cut_utf8(text, said_bytes_max));
}

steady_time::duration delay_after(std::int64_t tries) {
  const auto doubled = limits::outbox_retry_min * (1LL << std::min<std::int64_t>(tries, 6));
  return std::min<steady_time::duration>(doubled, limits::outbox_retry_max);
}

}  // namespace

bool worth_another_try(const error& reason) {
  switch (reason.code) {
    case errc::connection_lost:
    case errc::busy:
    case errc::stalled:
    case errc::timed_out:  // by the peer: nobody was there to say yes or no
      return true;
    case errc::connection_refused:
    case errc::handshake_failed:
    case errc::peer_offline:
    case errc::server_unreachable:
    case errc::server_error:
    case errc::rate_limited:
    case errc::session_unknown:
    case errc::token_expired:
    case errc::canceled:
      return !share::said_by_peer(reason);  // then it is a decision
    default:
      return false;
  }
}

result<void> outbox::add(outbox_job job) {
  const auto waiting = std::ranges::count_if(entries_, [](const entry& e) { return !has_ended(e.job); });
  if (static_cast<std::size_t>(waiting) >= limits::outbox_jobs_max)
    return mesh::fail(errc::busy, "too many files wait to be sent");
  entries_.push_back({std::move(job), {}});
  forget_old();
  return {};
}

outbox::entry* outbox::get(const std::string& id) {
  const auto at = std::ranges::find(entries_, id, [](const entry& e) { return e.job.id; });
  return at == entries_.end() ? nullptr : &*at;
}

result<outbox::entry*> outbox::known(const std::string& id) {
  auto* e = get(id);
  if (e == nullptr) return mesh::fail(errc::not_found, id, "transfer_id");
  return e;
}

const outbox_job* outbox::find(const std::string& id) const {
  const auto at = std::ranges::find(entries_, id, [](const entry& e) { return e.job.id; });
  return at == entries_.end() ? nullptr : &at->job;
}

std::vector<const outbox_job*> outbox::all() const {
  std::vector<const outbox_job*> out;
  for (const auto& e : entries_) out.push_back(&e.job);
  return out;
}

const outbox_job* outbox::take(steady_time now) {
  const auto running = [this](bool asking) {
    return std::ranges::count_if(entries_, [&](const entry& e) {
      return e.job.state == job_state::running && e.waits_for_person == asking &&
             !e.job.browser_key;  // browsers come as they like
    });
  };
  if (static_cast<std::size_t>(running(false)) >= limits::outbox_running_max || running(true) >= asking_max)
    return nullptr;
  const auto devices = devices_now();
  for (const bool put_off : {false, true})
    for (auto& e : entries_) {
      if (e.job.browser_key || e.job.state != job_state::queued || e.due > now) continue;
      const auto at = devices.find(e.job.device_id);
      const auto device = at == devices.end() ? device_state() : at->second;
      if (device.put_off != put_off || device.connecting > 0 || device.preparing >= preparing_max) continue;
      e.job.state = job_state::running;
      e.waits_for_person = e.agreed = e.put_off = false;
      e.at = stage::connecting;
      return &e.job;
    }
  return nullptr;
}

std::map<std::string_view, outbox::device_state> outbox::devices_now() const {
  std::map<std::string_view, device_state> out;
  for (const auto& e : entries_) {
    if (e.job.browser_key) continue;  // browsers come as they like
    const bool running = e.job.state == job_state::running && !e.waits_for_person;
    if (running && e.at == stage::connecting) ++out[e.job.device_id].connecting;
    if (running && e.at == stage::preparing) ++out[e.job.device_id].preparing;
    if (e.job.state == job_state::queued && e.put_off) out[e.job.device_id].put_off = true;
  }
  return out;
}

void outbox::reach(const std::string& id, stage now) {
  auto* e = get(id);
  if (e == nullptr || e->job.state != job_state::running) return;
  e->at = now;
  if (now != stage::connected) return;
  e->job.known_there = true;
  for (auto& other : entries_)
    if (other.put_off && other.job.device_id == e->job.device_id) {
      other.put_off = false;
      other.due = {};
    }
}

result<const outbox_job*> outbox::collect(const std::string& id, std::string_view device_id,
                                          std::string_view key_sha256) {
  auto* e = get(id);
  const bool meant = e != nullptr && e->job.browser_key == key_sha256 && e->job.device_id == device_id;
  if (!meant || (e->job.state != job_state::queued && e->job.state != job_state::running))
    return mesh::fail(errc::get_refused, "nothing is offered under this id");
  e->job.state = job_state::running;
  return &e->job;
}

void outbox::waits_for_person(const std::string& id) {
  auto* e = get(id);
  if (e == nullptr) return;
  e->waits_for_person = true;
}

void outbox::accepted(const std::string& id) {
  auto* e = get(id);
  if (e == nullptr) return;
  e->waits_for_person = false;
}

std::optional<steady_time> outbox::next_due(steady_time now) const {
  std::optional<steady_time> out;
  const auto consider = [&](steady_time due) {
    if (due > now && (!out || due < *out)) out = due;
  };
  for (const auto& e : entries_) {
    if (!e.job.browser_key && e.job.state == job_state::queued) consider(e.due);
    if (e.job.untold) consider(e.tell_at);
  }
  return out;
}

result<void> outbox::begin(const std::string& id, std::uint64_t size, std::int64_t mtime) {
  auto e = known(id);
  if (!e) return pass(e);
  auto& job = (*e)->job;
  job.size = size;
  job.mtime = mtime;
  return {};
}

void outbox::agreed(const std::string& id, std::uint64_t from) {
  auto* e = get(id);
  if (e == nullptr) return;
  e->job.begun = e->agreed = true;
  e->at = stage::connected;
  e->job.tries = 0;
  e->job.resent += e->job.sent - std::min(e->job.sent, from);
  e->job.before = e->job.sent = from;
}

void outbox::moved(const std::string& id, std::uint64_t sent) {
  if (auto* e = get(id)) e->job.sent = std::max(e->job.sent, sent);
}

void outbox::overlook_ignore_files(const std::string& id, bool on) {
  if (auto* e = get(id)) e->job.no_ignore = on ? std::optional(true) : std::nullopt;
}

void outbox::send_xattrs(const std::string& id, bool on) {
  if (auto* e = get(id)) e->job.xattrs = on ? std::optional(true) : std::nullopt;
}

void outbox::leave_xattrs(const std::string& id, std::uint64_t count) {
  if (auto* e = get(id)) e->job.xattrs_left = count > 0 ? std::optional(count) : std::nullopt;
}

void outbox::used_cpu(const std::string& id, double seconds) {
  if (auto* e = get(id)) e->job.cpu_seconds = e->job.cpu_seconds.value_or(0) + seconds;
}

void outbox::set_folder(const std::string& id, share::tree_figures folder) {
  auto* e = get(id);
  if (e == nullptr) return;
  e->job.folder = std::move(folder);
  bound_notes(e->job.folder);
}

void outbox::leave_out(const std::string& id, share::tree_figures left_out) {
  auto* e = get(id);
  if (e == nullptr) return;
  const bool any = left_out.omitted > 0 || left_out.ignored;
  e->job.left_out = any ? std::optional(std::move(left_out)) : std::nullopt;
  bound_notes(e->job.left_out);
}

void outbox::arrived(const std::string& id, std::uint64_t bytes) {
  if (auto* e = get(id)) e->job.arrived = bytes < e->job.size ? std::optional(bytes) : std::nullopt;
}

void outbox::succeed(const std::string& id, std::string hash, std::string_view stored) {
  auto* e = get(id);
  if (e == nullptr) return;
  e->job.state = job_state::done;
  e->job.hash = std::move(hash);
  e->job.stored = bounded(stored);
  e->job.code.reset();
  e->job.message.reset();
  forget_old();
}

std::vector<std::string> outbox::fail(const std::string& id, const error& reason, steady_time now) {
  auto* e = get(id);
  if (e == nullptr || e->job.state != job_state::running) return {};  // paused or canceled meanwhile
  e->job.code = word(reason.code);
  e->job.message = bounded(reason.detail);
  if (reason.code == errc::file_changed && !share::said_by_peer(reason) &&
      e->job.changes.value_or(0) < changes_max) {
    e->job.changes = e->job.changes.value_or(0) + 1;
  } else if (!worth_another_try(reason)) {
    e->job.state = job_state::failed;
    // On a connection the reset of its stream says it, and most of what fails there is what the peer
    // answered.
    if (!share::said_by_peer(reason) && e->at != stage::connected) give_up(*e, true, now);
    forget_old();
    return {};
  } else if (!e->agreed && !e->job.browser_key && !share::said_by_peer(reason)) {
    return put_off(*e, now);
  }
  e->job.state = job_state::queued;
  e->due = now + delay_after(e->job.tries++);
  return {};
}

// One attempt after the other would hold a place of those that can be sent.
std::vector<std::string> outbox::put_off(entry& failed, steady_time now) {
  failed.job.state = job_state::queued;
  std::vector<std::string> out;
  const auto waits = [&](const entry& e) {
    return e.job.device_id == failed.job.device_id && e.job.state == job_state::queued && !e.job.browser_key;
  };
  std::int64_t tries = 0;
  for (const auto& e : entries_)
    if (waits(e)) tries = std::max(tries, e.job.tries);
  ++failed.job.tries;
  for (auto& e : entries_) {
    if (!waits(e)) continue;
    e.put_off = true;
    e.due = std::max(e.due, now + delay_after(tries));
    if (e.job.code != failed.job.code) out.push_back(e.job.id);
    e.job.code = failed.job.code;
    e.job.message = failed.job.message;
  }
  return out;
}

// A browser expects nothing. On a connection the reset of its stream says it, if anybody is there.
void outbox::give_up(entry& e, bool was_running, steady_time now) {
  if (!e.job.known_there || e.job.browser_key) return;
  const bool reset = was_running && e.at == stage::connected;
  e.job.untold = true;
  e.tell_at = reset ? now + hearing_patience : steady_time{};
}

const outbox_job* outbox::take_untold(steady_time now) {
  const auto due =
      std::ranges::find_if(entries_, [&](const entry& e) { return e.job.untold && e.tell_at <= now; });
  if (due == entries_.end()) return nullptr;
  due->tell_at = now + limits::outbox_retry_max;
  return &due->job;
}

void outbox::told(const std::string& id) {
  if (auto* e = get(id)) e->job.untold.reset();
}

void outbox::appeared(const std::string& device_id) {
  for (auto& e : entries_)
    if (e.job.device_id == device_id) {
      e.due = {};
      e.put_off = false;
      e.tell_at = {};
    }
}

result<bool> outbox::pause(const std::string& id) {
  auto e = known(id);
  if (!e) return pass(e);
  const auto state = (*e)->job.state;
  if (state != job_state::queued && state != job_state::running)
    return mesh::fail(errc::conflict, "only what waits or runs can be paused");
  (*e)->job.state = job_state::paused;
  return state == job_state::running;
}

result<void> outbox::resume(const std::string& id) {
  auto e = known(id);
  if (!e) return pass(e);
  if ((*e)->job.state != job_state::paused) return mesh::fail(errc::conflict, "it is not paused");
  (*e)->job.state = job_state::queued;
  (*e)->due = {};
  return {};
}

result<bool> outbox::cancel(const std::string& id, steady_time now) {
  auto e = known(id);
  if (!e) return pass(e);
  auto& job = (*e)->job;
  if (has_ended(job)) return mesh::fail(errc::conflict, "it has ended");
  const bool was_running = job.state == job_state::running;
  job.state = job_state::failed;
  job.code = word(errc::canceled);
  job.message = "canceled here";
  give_up(**e, was_running, now);
  forget_old();
  return was_running;
}

result<void> outbox::retry(const std::string& id) {
  auto e = known(id);
  if (!e) return pass(e);
  auto& job = (*e)->job;
  if (job.state != job_state::failed && job.state != job_state::queued)
    return mesh::fail(errc::conflict, "only what failed or waits can be tried again");
  // A person wants what the file holds now.
  if (job.state == job_state::failed) job.begun = false;
  job.state = job_state::queued;
  job.untold.reset();
  job.tries = 0;
  job.changes.reset();
  job.code.reset();
  job.message.reset();
  (*e)->due = {};
  return {};
}

result<void> outbox::limit(const std::string& id, std::optional<std::uint64_t> rate) {
  auto e = known(id);
  if (!e) return pass(e);
  if (has_ended((*e)->job)) return mesh::fail(errc::conflict, "it has ended");
  (*e)->job.limit = rate;
  return {};
}

result<void> outbox::first(const std::string& id) {
  const auto at = std::ranges::find(entries_, id, [](const entry& e) { return e.job.id; });
  if (at == entries_.end()) return mesh::fail(errc::not_found, id, "transfer_id");
  switch (at->job.state) {
    case job_state::queued:
    case job_state::running:
      break;
    case job_state::paused:
      return mesh::fail(errc::conflict, "it is paused, and goes on with transfers resume");
    case job_state::failed:
      return mesh::fail(errc::conflict, "it has failed, and is queued again with transfers retry");
    case job_state::done:
      return mesh::fail(errc::conflict, "it has arrived already");
  }
  std::rotate(entries_.begin(), at, std::next(at));
  return {};
}

bool outbox::waits_for(const std::string& device_id) const {
  return std::ranges::any_of(entries_, [&](const entry& e) {
    return e.job.device_id == device_id &&
           (e.job.state == job_state::queued || e.job.state == job_state::running);
  });
}

void outbox::forget_old() {
  auto count = std::ranges::count_if(entries_, [](const entry& e) { return has_ended(e.job); });
  for (auto at = entries_.begin();
       count > static_cast<std::ptrdiff_t>(limits::outbox_history_max) && at != entries_.end();) {
    if (!has_ended(at->job)) {
      ++at;
      continue;
    }
    at = entries_.erase(at);
    --count;
  }
}

std::string outbox::serialise(std::size_t bytes_max) const {
  std::vector<outbox_job> jobs;
  for (const auto& e : entries_) jobs.push_back(e.job);
  return outbox_text(std::move(jobs), bytes_max);
}

result<outbox> outbox::restore(std::string_view text) {
  auto read = read_outbox(text);
  if (!read) return pass(read);
  outbox out;
  out.unreadable_ = read->unreadable;
  for (auto& job : read->jobs) out.entries_.push_back({std::move(job), {}});
  return out;
}

}  // namespace mesh::app
