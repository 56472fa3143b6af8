#include "agent/app/transfer_recorder.hpp"

#include "agent/os/cpu_time.hpp"

#include <fmt/format.h>

namespace mesh::app {

std::string transfer_id_of(std::uint64_t number) {
  return fmt::format("{}", number);
}

void transfer_recorder::add(const share::transfer_info& info, transfer_state state) {
  transfer_record r;
  r.transfer_id = transfer_id_of(info.number);
  r.direction = info.way == share::direction::sending ? transfer_direction::out : transfer_direction::in;
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
  book_.add(std::move(r), steady_now());
}

// What is still compared may turn out to be of no use.
std::uint64_t transfer_recorder::before_of(std::uint64_t number) const {
  const auto now = look_up_(number);
  return now && now->agreed ? now->before : 0;
}

void transfer_recorder::add_waiting(const share::transfer_info& info) {
  if (book_.find(transfer_id_of(info.number)) == nullptr) add(info, transfer_state::waiting);
}

void transfer_recorder::on_question(const share::transfer_info& info, wall_time) {
  add(info, transfer_state::waiting);
  asked_(info.number);
}

void transfer_recorder::on_started(const share::transfer_info& info) {
  if (const auto watch = watches_.find(info.number); watch != watches_.end()) return watch->second.started();
  const auto id = transfer_id_of(info.number);
  cpu_before_.insert_or_assign(info.number, os::process_cpu_time());
  if (book_.find(id) == nullptr) return add(info, transfer_state::running);
  book_.set_before(id, before_of(info.number));
  book_.start(id, steady_now());
}

void transfer_recorder::on_progress(const share::progress& now) {
  if (const auto watch = watches_.find(now.info.number); watch != watches_.end())
    return watch->second.moved(now);
  if (now.info.files)
    book_.set_folder(
        transfer_id_of(now.info.number),
        {.files = *now.info.files, .files_done = now.files_done, .notes = {}, .current = now.current});
  if (now.agreed) book_.set_before(transfer_id_of(now.info.number), now.before);
  std::optional<std::int64_t> eta;
  if (now.eta) eta = now.eta->count();
  book_.progress(transfer_id_of(now.info.number), now.done, now.rate, eta, steady_now());
}

void transfer_recorder::on_finished(const share::transfer_info& info,
                                    const result<share::transfer_summary>& outcome) {
  if (auto watch = watches_.extract(info.number)) return watch.mapped().ended(outcome);
  const auto id = transfer_id_of(info.number);
  const bool sending = info.way == share::direction::sending;
  const auto cpu = cpu_before_.extract(info.number);
  if (book_.find(id) == nullptr) add(info, transfer_state::running);
  if (!outcome) return book_.fail(id, outcome.error(), steady_now());
  if (cpu) book_.set_cpu(id, (os::process_cpu_time() - cpu.mapped()).count());
  book_.set_before(id, outcome->before);
  if (outcome->tree) book_.set_folder(id, *outcome->tree);
  book_.succeed(id, outcome->hash, sending ? outcome->name : outcome->path, steady_now());
}

}  // namespace mesh::app
