#include "agent/app/transfer_book.hpp"

#include "agent/share/utf8.hpp"
#include "core/base/limits.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <ranges>
#include <utility>

#include <fmt/format.h>

namespace mesh::app {

void bound_notes(std::optional<share::tree_figures>& folder) {
  if (!folder) return;
  std::size_t bytes = 0;
  const auto past = std::ranges::find_if(folder->notes, [&](const share::tree_note& note) {
    bytes += note.code.size() + note.path.size() + note.detail.size();
    return bytes > transfer_book::notes_bytes;
  });
  folder->notes.erase(past, folder->notes.end());
}

void transfer_book::add(transfer_record record, steady_time now) {
  const auto change =
      record.state == transfer_state::waiting ? transfer_change::offered : transfer_change::started;
  entries_.push_back({std::move(record), now});
  forget_old();
  tell(change, entries_.back().record);
}

void transfer_book::put(transfer_record record, transfer_change change, steady_time now) {
  bound_notes(record.folder);
  bound_notes(record.left_out);
  auto* e = get(record.transfer_id);
  if (e == nullptr) {
    entries_.push_back({std::move(record), now});
    forget_old();
    return tell(change, entries_.back().record);
  }
  if (change == transfer_change::started) e->began = now;
  record.seconds = std::chrono::duration<double>(now - e->began).count();
  record.started_at = e->record.started_at;
  e->record = std::move(record);
  if (change == transfer_change::ended) return end(*e, now);
  tell(change, e->record);
}

void transfer_book::bring_back(transfer_record record) {
  entries_.push_back({std::move(record), {}});
  forget_old();
}

void transfer_book::again(transfer_record record, steady_time now) {
  auto* e = get(record.transfer_id);
  if (e == nullptr) return add(std::move(record), now);
  record.started_at = e->record.started_at;
  e->record = std::move(record);
  e->began = now;
  tell(e->record.state == transfer_state::waiting ? transfer_change::offered : transfer_change::started,
       e->record);
}

void transfer_book::start(const std::string& id, steady_time now) {
  auto* e = get(id);
  if (e == nullptr || e->record.state != transfer_state::waiting) return;
  e->record.state = transfer_state::running;
  e->began = now;
  tell(transfer_change::started, e->record);
}

void transfer_book::progress(const std::string& id, std::uint64_t done, double rate,
                             std::optional<std::int64_t> eta_seconds, steady_time now) {
  auto* e = get(id);
  if (e == nullptr || e->record.state != transfer_state::running) return;
  e->record.done = done;
  e->record.rate = rate;
  e->record.eta_seconds = eta_seconds;
  e->record.seconds = std::chrono::duration<double>(now - e->began).count();
  tell(transfer_change::progressed, e->record);
}

void transfer_book::set_before(const std::string& id, std::uint64_t before) {
  auto* e = get(id);
  if (e == nullptr) return;
  e->record.before = before;
  e->record.done = std::max(e->record.done, before);
}

void transfer_book::set_folder(const std::string& id, share::tree_figures folder) {
  auto* e = get(id);
  if (e == nullptr) return;
  e->record.folder = std::move(folder);
  bound_notes(e->record.folder);
}

void transfer_book::set_cpu(const std::string& id, double seconds) {
  if (auto* e = get(id)) e->record.cpu_seconds = seconds;
}

void transfer_book::succeed(const std::string& id, std::string hash, std::string stored, steady_time now,
                            std::optional<std::uint64_t> arrived) {
  auto* e = get(id);
  if (e == nullptr) return;
  e->record.state = transfer_state::done;
  e->record.done = std::min(arrived.value_or(e->record.size), e->record.size);
  e->record.hash = std::move(hash);
  if (!stored.empty()) e->record.stored = std::move(stored);
  end(*e, now);
}

void transfer_book::set_text(const std::string& id, std::string text) {
  auto* e = get(id);
  if (e == nullptr) return;
  e->record.text = share::cut_utf8(text, text_preview_bytes);
  texts_.emplace_back(id, std::move(text));
  if (texts_.size() > limits::snippets_kept_max) texts_.pop_front();
}

result<std::string> transfer_book::text_of(const std::string& id) const {
  const auto at = std::ranges::find(texts_, id, &std::pair<std::string, std::string>::first);
  if (at == texts_.end())
    return mesh::fail(errc::not_found, fmt::format("no text came under \"{}\"", id), "transfer_id");
  return at->second;
}

void transfer_book::fail(const std::string& id, const error& reason, steady_time now) {
  auto* e = get(id);
  if (e == nullptr) return;
  e->record.state = transfer_state::failed;
  e->record.code = word(reason.code);
  e->record.message = reason.detail;
  end(*e, now);
}

void transfer_book::interrupt(const std::string& id, transfer_state state, const error& reason,
                              steady_time now) {
  auto* e = get(id);
  if (e == nullptr) return;
  auto& r = e->record;
  if (r.state == transfer_state::running) r.seconds = std::chrono::duration<double>(now - e->began).count();
  r.state = state;
  r.rate = 0;
  r.eta_seconds.reset();
  r.code.reset();
  r.message.reset();
  if (state == transfer_state::queued) {
    r.code = word(reason.code);
    r.message = reason.detail;
  }
  tell(transfer_change::queued, r);
}

void transfer_book::limit(const std::string& id, std::optional<std::uint64_t> rate) {
  if (auto* e = get(id)) e->record.limit = rate;
}

void transfer_book::end(entry& e, steady_time now) {
  e.record.seconds = std::chrono::duration<double>(now - e.began).count();
  e.record.eta_seconds.reset();
  // How fast it was on the whole, without what was there before.
  if (e.record.state == transfer_state::done && e.record.seconds > 0)
    e.record.rate =
        static_cast<double>(e.record.done - std::min(e.record.before, e.record.done)) / e.record.seconds;
  tell(transfer_change::ended, e.record);
}

bool has_ended(const transfer_record& r) {
  return r.state == transfer_state::done || r.state == transfer_state::failed;
}

bool interrupted(const transfer_record& r) {
  return r.direction == transfer_direction::in &&
         (r.state == transfer_state::queued || r.state == transfer_state::paused);
}

result<const transfer_record*> record_named(const std::vector<const transfer_record*>& records,
                                            std::string_view id) {
  constexpr std::size_t beginning_min = 4;  // the short numbers of what comes in stand for themselves only
  const transfer_record* only = nullptr;
  for (const auto* record : records) {
    if (record->transfer_id == id) return record;
    if (id.size() < beginning_min || !record->transfer_id.starts_with(id)) continue;
    if (only != nullptr)
      return fail(errc::conflict, fmt::format("several ids begin with \"{}\"", id), "transfer_id");
    only = record;
  }
  if (only == nullptr) return fail(errc::not_found, std::string(id), "transfer_id");
  return only;
}

const transfer_record* transfer_book::find(const std::string& id) const {
  const auto at = std::ranges::find(entries_, id, [](const entry& e) { return e.record.transfer_id; });
  return at == entries_.end() ? nullptr : &at->record;
}

transfer_book::entry* transfer_book::get(const std::string& id) {
  const auto at = std::ranges::find(entries_, id, [](const entry& e) { return e.record.transfer_id; });
  return at == entries_.end() ? nullptr : &*at;
}

std::vector<const transfer_record*> transfer_book::all() const {
  std::vector<const transfer_record*> out;
  out.reserve(entries_.size());
  for (const auto& e : entries_) out.push_back(&e.record);
  return out;
}

std::size_t transfer_book::count(transfer_state state) const {
  return static_cast<std::size_t>(
      std::ranges::count(entries_, state, [](const entry& e) { return e.record.state; }));
}

int transfer_book::listen(listener call) {
  listeners_.emplace_back(next_listener_, std::move(call));
  return next_listener_++;
}

void transfer_book::unlisten(int number) {
  std::erase_if(listeners_, [number](const auto& l) { return l.first == number; });
}

void transfer_book::tell(transfer_change change, const transfer_record& record) {
  // A listener may take itself off the list while it is told.
  const auto present = listeners_;
  for (const auto& [number, call] : present) call(change, record);
}

void transfer_book::forget_old() {
  forget_old(transfer_direction::in);
  forget_old(transfer_direction::out);
}

// The oldest of the device that has the most: one that sends without end pushes nobody else out.
void transfer_book::forget_old(transfer_direction way) {
  const auto ended = [way](const entry& e) {
    return e.record.direction == way && (has_ended(e.record) || interrupted(e.record));
  };
  if (entries_.empty()) return;
  // Not the newest, which is just being told of.
  const auto older = std::ranges::subrange(entries_.begin(), std::prev(entries_.end()));
  std::map<std::string, std::size_t> of_device;
  std::size_t count = ended(entries_.back()) ? 1 : 0;
  for (const auto& e : older) {
    if (!ended(e)) continue;
    ++of_device[e.record.device_id];
    ++count;
  }
  for (; count > ended_max && !of_device.empty(); --count) {
    const auto most = std::ranges::max_element(of_device, {}, [](const auto& d) { return d.second; });
    const auto oldest = std::ranges::find_if(
        entries_, [&](const entry& e) { return ended(e) && e.record.device_id == most->first; });
    if (--most->second == 0) of_device.erase(most);
    entries_.erase(oldest);
  }
}

}  // namespace mesh::app
