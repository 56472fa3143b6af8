#include "agent/app/transfer_recorder.hpp"

#include "agent/os/cpu_time.hpp"
#include "agent/p2p/close_code.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace mesh::app {
namespace {

// How a transfer stands whose attempt ended for that reason; nullopt when its sender will not go on with it.
std::optional<transfer_state> left_open(const error& reason) {
  if (p2p::close_code::is_pause(reason)) return transfer_state::paused;
  switch (reason.code) {
    case errc::connection_lost:
    case errc::stalled:
    case errc::busy:
    case errc::session_unknown:
    case errc::token_expired:
    case errc::timed_out:  // nobody was there to answer: it is offered again
      return transfer_state::queued;
    default:
      return std::nullopt;
  }
}

error canceled_here() {
  return {errc::canceled, "canceled here", {}};
}

}  // namespace

void transfer_recorder::restore(received_history kept) {
  earlier_numbers_ = last_ = kept.last;
  for (auto& [record, user, sender_id, called_off, fetched] : kept.transfers) {
    if (called_off) called_off_.insert(record.transfer_id);
    if (!sender_id.empty())
      origins_.insert_or_assign(transfer_origin{user, record.device_id, sender_id}, record.transfer_id);
    book_.bring_back(std::move(record));
  }
}

received_history transfer_recorder::history() const {
  received_history out{.last = last_};
  std::map<std::string_view, const transfer_origin*> known;
  for (const auto& [from, id] : origins_) known.emplace(id, &from);
  for (const auto* record : book_.all()) {
    if (record->direction != transfer_direction::in) continue;
    const auto from = known.find(record->transfer_id);
    const bool found = from != known.end();
    out.transfers.push_back({*record, found ? from->second->user : "", found ? from->second->transfer_id : "",
                             called_off_.contains(record->transfer_id),
                             found && fetched_.contains(from->second->transfer_id)});
  }
  return out;
}

std::string transfer_recorder::id_of(std::uint64_t number) const {
  const auto before = continued_.find(number);
  return before == continued_.end() ? fmt::format("{}", earlier_numbers_ + number) : before->second;
}

const transfer_record* transfer_recorder::known(const transfer_origin& of,
                                                const share::transfer_info& info) const {
  const auto found = origins_.find(of);
  const auto* record = found == origins_.end() ? nullptr : book_.find(found->second);
  // The size may be another: a file that grows is sent on as it is now.
  const bool is_it =
      record != nullptr && record->name == info.name && record->folder.has_value() == info.files.has_value();
  return is_it ? record : nullptr;
}

// One that is over stands for itself, whatever comes under its name later; so does what a person refused, and
// what bears another name.
const std::string* transfer_recorder::earlier(const transfer_origin& of,
                                              const share::transfer_info& info) const {
  const auto* record = known(of, info);
  if (record == nullptr) return nullptr;
  const bool refused = record->code == word(errc::denied);
  const bool goes_on = interrupted(*record) || (record->state == transfer_state::failed && !refused);
  return goes_on ? &record->transfer_id : nullptr;
}

void transfer_recorder::add(const share::transfer_info& info, transfer_state state) {
  const bool incoming = info.way == share::direction::receiving;
  transfer_record r;
  r.direction = incoming ? transfer_direction::in : transfer_direction::out;
  r.state = state;
  r.name = info.name;
  r.size = info.size;
  if (info.files) r.folder = share::tree_figures{.files = *info.files, .notes = {}};
  if (info.text) r.text.emplace();
  r.session_id = info.session.str();
  r.device_id = info.peer.device.str();
  const auto username = peers_.username(r.session_id);
  r.username = username.empty() ? info.peer.user.str() : username;
  r.started_at = format_rfc3339(wall_now());
  r.before = before_of(info.number);
  r.done = r.before;
  if (incoming && !info.transfer_id.empty()) {
    const auto from = origin_of(info);
    if (const auto* id = earlier(from, info)) continued_.insert_or_assign(info.number, *id);
    std::erase_if(origins_, [this](const auto& o) { return book_.find(o.second) == nullptr; });
    origins_.insert_or_assign(from, id_of(info.number));
  }
  r.transfer_id = id_of(info.number);
  if (incoming) last_ = std::max(last_, earlier_numbers_ + info.number);
  if (const auto* before = book_.find(r.transfer_id)) r.limit = before->limit;
  if (r.limit) calls_.limit(info.number, *r.limit);
  book_.again(std::move(r), steady_now());
}

// What is still compared may turn out to be of no use.
std::uint64_t transfer_recorder::before_of(std::uint64_t number) const {
  const auto now = calls_.look_up(number);
  return now && now->agreed ? now->before : 0;
}

void transfer_recorder::add_waiting(const share::transfer_info& info) {
  if (book_.find(id_of(info.number)) == nullptr) add(info, transfer_state::waiting);
}

bool transfer_recorder::expects(const std::string& user, const std::string& device,
                                const std::string& transfer_id) const {
  const auto found = origins_.find(transfer_origin{user, device, transfer_id});
  const auto* record = found == origins_.end() ? nullptr : book_.find(found->second);
  return record != nullptr && !has_ended(*record);
}

std::optional<transfer_origin> transfer_recorder::origin_of_record(const std::string& id) const {
  const auto found = std::ranges::find(origins_, id, [](const auto& one) { return one.second; });
  return found == origins_.end() ? std::nullopt : std::optional(found->first);
}

void transfer_recorder::call_off(const std::string& id) {
  const auto* record = book_.find(id);
  if (record == nullptr || record->direction != transfer_direction::in || has_ended(*record)) return;
  called_off_.insert(id);
  if (interrupted(*record)) book_.fail(id, canceled_here(), steady_now());
}

bool transfer_recorder::stop_if_called_off(std::uint64_t number) {
  std::erase_if(called_off_, [this](const auto& id) { return book_.find(id) == nullptr; });
  if (!called_off_.contains(id_of(number))) return false;
  calls_.stop(number);
  return true;
}

void transfer_recorder::on_question(const share::transfer_info& info, wall_time) {
  add(info, transfer_state::waiting);
  if (!stop_if_called_off(info.number)) calls_.asked(info.number);
}

void transfer_recorder::on_started(const share::transfer_info& info) {
  if (const auto watch = watches_.find(info.number); watch != watches_.end()) return watch->second.started();
  cpu_before_.insert_or_assign(info.number, os::process_cpu_time());
  const auto id = id_of(info.number);
  if (book_.find(id) == nullptr) {
    const auto* before = info.way == share::direction::receiving ? known(origin_of(info), info) : nullptr;
    if (before != nullptr && before->state == transfer_state::done) {
      repeated_.insert(info.number);
      return;
    }
    add(info, transfer_state::running);
    (void)stop_if_called_off(info.number);
    return;
  }
  book_.set_before(id, before_of(info.number));
  book_.start(id, steady_now());
}

void transfer_recorder::on_progress(const share::progress& now) {
  if (const auto watch = watches_.find(now.info.number); watch != watches_.end())
    return watch->second.moved(now);
  const auto id = id_of(now.info.number);
  if (repeated_.contains(now.info.number)) {
    if (!now.agreed || now.done <= now.before) return;
    repeated_.erase(now.info.number);
    add(now.info, transfer_state::running);
  }
  if (now.info.files)
    book_.set_folder(
        id, {.files = *now.info.files, .files_done = now.files_done, .notes = {}, .current = now.current});
  if (now.agreed) book_.set_before(id, now.before);
  std::optional<std::int64_t> eta;
  if (now.eta) eta = now.eta->count();
  book_.progress(id, now.done, now.rate, eta, steady_now());
}

void transfer_recorder::on_finished(const share::transfer_info& info,
                                    const result<share::transfer_summary>& outcome) {
  if (auto watch = watches_.extract(info.number)) return watch.mapped().ended(outcome);
  const bool sending = info.way == share::direction::sending;
  const auto cpu = cpu_before_.extract(info.number);
  // Its sender had not heard that it arrived and tries again or calls it off, or took back what nobody had
  // read.
  const bool repeated = repeated_.erase(info.number) > 0;
  const bool unread = !sending && info.transfer_id.empty();
  if (repeated && outcome) return;
  if ((repeated || unread) && !outcome &&
      (left_open(outcome.error()) || outcome.error().code == errc::canceled))
    return;
  if (book_.find(id_of(info.number)) == nullptr) add(info, transfer_state::running);
  const auto id = id_of(info.number);
  continued_.erase(info.number);
  if (!outcome) return fail(id, info, outcome.error());
  fetched_.erase(info.transfer_id);
  called_off_.erase(id);  // too late
  if (cpu) book_.set_cpu(id, (os::process_cpu_time() - cpu.mapped()).count());
  book_.set_before(id, outcome->before);
  if (outcome->tree) book_.set_folder(id, *outcome->tree);
  std::optional<std::uint64_t> arrived;
  if (outcome->tree) arrived = outcome->info.size;
  book_.succeed(id, outcome->hash, sending ? outcome->name : outcome->path, steady_now(), arrived);
}

void transfer_recorder::on_told(const share::transfer_info& info) {
  const auto from = origins_.find(origin_of(info));
  if (from != origins_.end()) called_off_.erase(from->second);
}

void transfer_recorder::fail(const std::string& id, const share::transfer_info& info, const error& reason) {
  const bool known_to_sender = info.way == share::direction::receiving && !info.transfer_id.empty();
  const bool fetched = fetched_.erase(info.transfer_id) > 0;
  const auto state = known_to_sender && !fetched ? left_open(reason) : std::nullopt;
  if (state && called_off_.contains(id))  // cut before it could be refused
    book_.fail(id, canceled_here(), steady_now());
  else if (state)
    book_.interrupt(id, *state, reason, steady_now());
  else
    book_.fail(id, reason, steady_now());
}

}  // namespace mesh::app
