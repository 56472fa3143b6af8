#include "agent/app/shared_terminal.hpp"

#include "core/base/limits.hpp"

#include <fmt/format.h>

namespace mesh::app {
namespace {

wire::json_value names_of_watchers(const terminal::terminal_host& host) {
  wire::json_value out(boost::json::array_kind);
  for (const auto& v : host.viewers())
    if (v.watching) out.as_array().emplace_back(v.who.name);
  return out;
}

wire::json_value sizes_of(const terminal::terminal_host& host) {
  wire::json_value out(boost::json::array_kind);
  for (const auto& wish : host.size_wishes())
    out.as_array().push_back({{"viewer", wish.who.name}, {"cols", wish.size.cols}, {"rows", wish.size.rows}});
  return out;
}

}  // namespace

void shared_terminal::take_output(bytes_view data) {
  std::string seen;
  if (mask) {
    seen = mask->hide(as_text(data));
    data = as_bytes(seen);
  }
  host->output(data);
  if (recording) recording->output(data);
  if (!attached) return;
  attached->write(data);
  // A window that stands still is left behind.
  if (attached->waiting() > limits::terminal_behind_bytes_max) {
    attached.reset();
    changed.notify();
  }
}

void shared_terminal::type(bytes_view keys) {
  if (pipe) pipe->write(keys);
}

void shared_terminal::resize(terminal::terminal_size size) {
  host->resize(size);
  if (recording) recording->resize(host->size());
}

void shared_terminal::mark_author(std::string_view who) {
  if (recording) recording->marker(fmt::format("{} types", who));
}

result<void> shared_terminal::record(const os::private_dir& state, wall_time now) {
  if (recording) return fail(errc::conflict, recording->path().string(), "NAME");
  auto begun = terminal_recording::begin(state, name, host->size(), now);
  if (!begun) return std::unexpected(begun.error());
  recording = std::move(*begun);
  recording->output(as_bytes(host->snapshot()));
  if (const auto who = host->controller()) mark_author(who->name);
  host->set_recorded(true);
  return {};
}

void shared_terminal::stop_recording() {
  recording.reset();
  host->set_recorded(false);
}

void shared_terminal::tick() {
  host->tick();
  const bool lost = recording && !recording->flush();
  if (lost) stop_recording();
  const bool hid = mask && mask->hidden() != told_hidden_;
  if (hid) told_hidden_ = mask->hidden();
  if (lost || hid) tell_window();
}

void shared_terminal::tell_window() const {
  wire::json_value asked(boost::json::array_kind);
  for (const auto& a : asks.waiting())
    asked.as_array().push_back({{"session_id", a.session.str()}, {"viewer", a.name}});
  wire::json_object state{{"watching", names_of_watchers(*host)},
                          {"asked", std::move(asked)},
                          {"sizes", sizes_of(*host)},
                          {"hidden", host->hidden()},
                          {"recorded", recording != nullptr},
                          {"masked", mask ? mask->hidden() : 0}};
  if (const auto who = host->controller()) {
    state["controller"] = who->name;
    state["by_rule"] = by_rule;
  }
  if (attached_window) {
    auto more = state;
    const auto size = host->size();
    more["own"] = true;
    more["name"] = name;
    more["cols"] = size.cols;
    more["rows"] = size.rows;
    more["control"] = true;
    attached_window->event("state", std::move(more));
  }
  window->event("state", std::move(state));
  if (on_told) on_told();
}

void shared_terminal::tell_suggestion(std::string_view viewer, std::string_view line) const {
  for (const auto& one : {window, attached_window})
    if (one) one->event("suggested", {{"viewer", viewer}, {"text", line}});
}

wire::json_object shared_terminal::describe() const {
  wire::json_value asked(boost::json::array_kind);
  for (const auto& a : asks.waiting()) asked.as_array().emplace_back(a.name);
  const auto size = host->size();
  wire::json_object out{{"name", name},
                        {"cols", size.cols},
                        {"rows", size.rows},
                        {"watching", names_of_watchers(*host)},
                        {"asked", std::move(asked)},
                        {"sizes", sizes_of(*host)},
                        {"hidden", host->hidden()},
                        {"dropped_bytes", host->gate().dropped_bytes()},
                        {"masking", mask.has_value()},
                        {"masked", mask ? mask->hidden() : 0}};
  if (recording) out["recording"] = recording->path().string();
  if (const auto who = host->controller()) {
    out["controller"] = who->name;
    out["by_rule"] = by_rule;
  }
  return out;
}

}  // namespace mesh::app
