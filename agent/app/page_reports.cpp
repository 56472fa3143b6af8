#include "agent/app/page_reports.hpp"

#include "core/base/limits.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <ranges>

namespace mesh::app {
namespace {

// Half a message of the longest size: the envelope and the escapes of odd names need room too.
constexpr std::size_t listed_bytes_max = limits::ws_message_bytes_max / 2;

std::string last_component(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::string type_of(transfer_change change, const transfer_record& r) {
  switch (r.state) {
    case transfer_state::queued:
    case transfer_state::waiting:
      return "share.offered";
    case transfer_state::running:
      return change == transfer_change::started ? "share.accepted" : "share.progress";
    case transfer_state::paused:
      return "share.progress";
    case transfer_state::done:
      return "share.done";
    case transfer_state::failed:
      return r.code == word(errc::denied) ? "share.rejected" : "share.failed";
  }
  return "share.progress";
}

}  // namespace

wire::share_report report_of(const transfer_record& r) {
  wire::share_report out;
  out.transfer_id = r.transfer_id;
  out.direction = r.direction == transfer_direction::in ? "in" : "out";
  out.state = boost::describe::enum_to_string(r.state, "failed");
  out.name = last_component(r.name);
  out.size = r.size;
  out.offset = r.done;
  out.before = r.before;
  out.resent = r.resent;
  out.rate = static_cast<std::uint64_t>(std::llround(std::max(0.0, r.rate)));
  out.seconds = r.seconds;
  out.eta_seconds = r.eta_seconds;
  out.started_at = r.started_at;
  out.device_id = r.device_id;
  out.username = r.username;
  if (!r.session_id.empty()) out.session_id = session_id(r.session_id);
  out.hash = r.hash;
  if (r.stored) out.stored = last_component(*r.stored);
  if (r.folder)
    out.folder = wire::share_folder{r.folder->files,   r.folder->files_done, r.folder->current,
                                    r.folder->omitted, r.folder->renamed,    r.folder->incomplete};
  if (r.code) out.error = wire::error_info{*r.code, {}, std::nullopt};
  return out;
}

wire::share_listed list_of(const std::vector<const transfer_record*>& records) {
  std::vector<const transfer_record*> order;
  for (const bool ended : {false, true})
    std::ranges::copy_if(std::views::reverse(records), std::back_inserter(order),
                         [ended](const auto* r) { return has_ended(*r) == ended; });
  wire::share_listed out;
  std::size_t bytes = 0;
  for (const auto* record : order) {
    auto report = report_of(*record);
    const auto size = wire::to_text(wire::to_json(report)).size();
    // One that is too long by itself keeps no other out.
    if (bytes + size > listed_bytes_max) continue;
    bytes += size;
    out.transfers.push_back(std::move(report));
  }
  out.omitted = records.size() - out.transfers.size();
  std::ranges::reverse(out.transfers);
  return out;
}

void page_reports::start(steady_time now) {
  if (!wanted_) {
    budget_ = burst;
    refilled_ = now;
  }
  wanted_ = true;
}

void page_reports::stop() {
  wanted_ = false;
  noted_.clear();
  told_at_.clear();
}

void page_reports::note(transfer_change change, const transfer_record& record, steady_time now) {
  if (!wanted_) return;
  auto type = type_of(change, record);
  auto due = now;
  const bool moves = change == transfer_change::progressed;
  if (const auto told = told_at_.find(record.transfer_id); moves && told != told_at_.end())
    due = std::max(due, told->second + progress_interval);
  const auto [at, fresh] = noted_.try_emplace(record.transfer_id, noted{type, due});
  if (fresh) return;
  // That it began is told even when it has moved since.
  if (!(moves && at->second.type == "share.accepted")) at->second.type = std::move(type);
  at->second.due = std::min(at->second.due, due);
}

void page_reports::refill(steady_time now) {
  const auto passed = std::chrono::duration<double>(now - refilled_).count();
  budget_ = std::min(burst, budget_ + passed * per_second);
  refilled_ = now;
}

std::optional<page_reports::due_report> page_reports::take(steady_time now) {
  refill(now);
  if (budget_ < 1 || noted_.empty()) return std::nullopt;
  const auto first = std::ranges::min_element(noted_, {}, [](const auto& n) { return n.second.due; });
  if (first->second.due > now) return std::nullopt;
  budget_ -= 1;
  due_report out{std::move(first->second.type), first->first};
  noted_.erase(first);
  if (out.type == "share.done" || out.type == "share.failed" || out.type == "share.rejected")
    told_at_.erase(out.transfer_id);
  else
    told_at_.insert_or_assign(out.transfer_id, now);
  return out;
}

std::optional<steady_time> page_reports::next_due(steady_time now) const {
  if (noted_.empty()) return std::nullopt;
  const auto first = std::ranges::min_element(noted_, {}, [](const auto& n) { return n.second.due; });
  const auto wait = std::chrono::duration<double>(std::max(0.0, 1 - budget_) / per_second);
  return std::max(first->second.due, now + std::chrono::ceil<steady_time::duration>(wait));
}

}  // namespace mesh::app
