#include "agent/terminal/terminal_host.hpp"

#include "agent/p2p/close_code.hpp"
#include "agent/terminal/frame_queue.hpp"
#include "agent/terminal/terminal_frames.hpp"
#include "core/base/limits.hpp"

#include <algorithm>
#include <ranges>

namespace mesh::terminal {

// One stream to one viewer.
class terminal_host::viewer final : public p2p::stream_handler {
 public:
  viewer(terminal_host& host, std::uint64_t number, std::unique_ptr<p2p::byte_stream> stream,
         viewer_identity who)
      : number(number),
        who(std::move(who)),
        host_(host),
        stream_(std::move(stream)),
        reader_(limits::terminal_input_bytes_max,
                {[this](wire::p2p_message m) { take(std::move(m)); },
                 [this](wire::frame_kind kind, std::uint64_t position, bytes_view data) {
                   if (kind != wire::frame_kind::term_in) return refuse();
                   host_.take_input(*this, static_cast<std::uint32_t>(position), data);
                 }}) {}
  ~viewer() override { *alive_ = false; }
  viewer(const viewer&) = delete;
  viewer& operator=(const viewer&) = delete;

  void begin() { stream_->set_handler(this); }
  void take_initial(bytes_view data) {
    if (!data.empty()) on_data(data, false);
  }

  void send(const wire::p2p_message& message) {
    queue_.push(message_frame(message));
    queue_.write_to(*stream_);
  }
  void send_output(const p2p::shared_bytes& frame) {
    if (!watching || host_.hidden_) return;
    if (!needs_snapshot_ && !queue_.push_output(frame)) needs_snapshot_ = true;
    pump();
  }
  void want_snapshot() {
    queue_.drop_output();
    needs_snapshot_ = watching;
    pump();
  }
  void drop_output() { queue_.drop_output(); }
  void finish() {
    watching = false;
    finishing_ = true;
    pump();
  }
  void reset(std::uint64_t code) { stream_->reset(code); }

  const std::uint64_t number;
  const viewer_identity who;
  bool watching = false;

 private:
  void on_data(bytes_view data, bool fin) override {
    const auto alive = alive_;
    stream_->consume(data.size());
    if (auto good = reader_.feed(data, *alive); !good && *alive) return refuse();
    if (*alive && fin) host_.erase(number);
  }
  void on_writable() override { pump(); }
  void on_closed(const error&) override { host_.erase(number); }

  // Never a snapshot behind what still waits: it would be old when it leaves.
  void pump() {
    queue_.write_to(*stream_);
    if (needs_snapshot_ && queue_.empty() && !host_.hidden_ && stream_->writable() > 0) {
      needs_snapshot_ = false;
      for (auto& frame : snapshot_frames(host_.offset_, host_.screen_->snapshot()))
        stream_->write(std::move(frame));
    }
    if (finishing_ && queue_.empty()) {
      finishing_ = false;
      stream_->finish();
    }
  }
  void refuse() {
    stream_->reset(p2p::close_code::denied);
    host_.erase(number);
  }

  void take(wire::p2p_message message) {
    if (const auto* watch = std::get_if<wire::term_watch>(&message)) {
      if (watch->on == watching) return;
      watching = watch->on;
      host_.tell_state();
      want_snapshot();
      if (host_.calls_.changed) host_.calls_.changed();
    } else if (const auto* alive = std::get_if<wire::term_alive>(&message)) {
      host_.gate_.alive(number, host_.now_());
      // Who does not read its answers gets none.
      if (queue_.empty()) send(*alive);
    } else if (const auto* line = std::get_if<wire::term_suggest>(&message)) {
      if (host_.calls_.suggested) host_.calls_.suggested(who, line->text);
    } else if (!std::holds_alternative<wire::term_resize>(message)) {
      refuse();  // a wish for a size is heard, and the sharer's rules all the same
    }
  }

  terminal_host& host_;
  std::unique_ptr<p2p::byte_stream> stream_;
  frame_reader reader_;
  frame_queue queue_;
  bool needs_snapshot_ = false;
  bool finishing_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

terminal_host::terminal_host(std::string name, std::unique_ptr<screen> shown, clock now, host_calls calls)
    : name_(std::move(name)), screen_(std::move(shown)), now_(std::move(now)), calls_(std::move(calls)) {}

terminal_host::~terminal_host() = default;

result<std::unique_ptr<terminal_host>> terminal_host::make(std::string name, terminal_size size, clock now,
                                                           host_calls calls) {
  if (!valid(size)) return fail(errc::field_invalid, "a terminal of this size is not shared", "cols");
  auto shown = screen::make(size, limits::terminal_scrollback_lines_max, keep_links::yes);
  if (!shown) return pass(shown);
  return std::unique_ptr<terminal_host>(
      new terminal_host(std::move(name), std::move(*shown), std::move(now), std::move(calls)));
}

// -- the shell

void terminal_host::output(bytes_view data) {
  while (!data.empty()) {
    const auto part = data.first(std::min(data.size(), limits::chunk_bytes));
    data = data.subspan(part.size());
    screen_->write(part);
    const bool watched =
        !hidden_ && std::ranges::any_of(viewers_, [](auto& v) { return v.second->watching; });
    if (watched) {
      const auto frame = output_frame(offset_, part);
      for (const auto& [number, viewer] : viewers_) viewer->send_output(frame);
    }
    offset_ += part.size();
  }
}

void terminal_host::resize(terminal_size size) {
  if (!valid(size) || size == screen_->size()) return;
  screen_->resize(size);
  for (const auto& [number, viewer] : viewers_)
    viewer->send(
        wire::term_resize{static_cast<std::uint16_t>(size.cols), static_cast<std::uint16_t>(size.rows)});
}

void terminal_host::exited(std::optional<std::int32_t> code, std::optional<std::int32_t> signal) {
  if (std::exchange(ended_, true)) return;
  gate_.close();
  if (!code && !signal) code = 0;
  for (const auto& [number, viewer] : viewers_) {
    viewer->send(wire::term_exit{code, signal});
    viewer->finish();
  }
}

// -- the sharer

void terminal_host::set_recorded(bool on) {
  if (recorded_ == on) return;
  recorded_ = on;
  tell_state();
}

void terminal_host::hide(bool on) {
  if (on == hidden_) return;
  hidden_ = on;
  for (const auto& [number, viewer] : viewers_) viewer->drop_output();
  tell_state();
  if (!on)
    for (const auto& [number, viewer] : viewers_) viewer->want_snapshot();
}

result<void> terminal_host::grant(const mesh::session_id& to, std::uint32_t epoch, steady_time until,
                                  bool line_only) {
  // The newest stream of that session: an older one may not have noticed yet that it is over.
  const auto found = std::ranges::find_if(viewers_ | std::views::reverse,
                                          [&](const auto& v) { return v.second->who.session == to; });
  if (found == (viewers_ | std::views::reverse).end()) return fail(errc::not_found, "this viewer has gone");
  if (!found->second->who.control)
    return fail(errc::capability_denied, "this viewer may not have the keyboard");
  if (!gate_.open(found->first, epoch, until, line_only, now_()))
    return fail(errc::conflict, "this lease is older than the one before");
  tell_state();
  return {};
}

std::optional<viewer_identity> terminal_host::revoke() {
  auto had = controller();
  if (!gate_.close()) return std::nullopt;
  tell_state();
  return had;
}

// -- viewers

result<void> terminal_host::add(std::unique_ptr<p2p::byte_stream> stream, viewer_identity who,
                                bytes_view initial) {
  if (ended_) return fail(errc::terminal_ended);
  if (viewers_.size() >= limits::terminal_viewers_max)
    return fail(errc::busy, "as many people watch this terminal as can");
  const auto number = ++last_viewer_;
  const bool control = who.control;
  auto& added =
      *viewers_.emplace(number, std::make_unique<viewer>(*this, number, std::move(stream), std::move(who)))
           .first->second;
  added.begin();
  const auto size = screen_->size();
  added.send(wire::term_open{name_, static_cast<std::uint16_t>(size.cols),
                             static_cast<std::uint16_t>(size.rows), control});
  added.send(state_for(number));
  added.take_initial(initial);
  return {};
}

void terminal_host::remove_session(const mesh::session_id& session, const error& reason) {
  const auto code = reason.code == errc::session_revoked ? p2p::close_code::revoked : p2p::close_code::none;
  std::vector<std::uint64_t> gone;
  for (const auto& [number, viewer] : viewers_)
    if (viewer->who.session == session) gone.push_back(number);
  for (const auto number : gone) {
    viewers_.at(number)->reset(code);
    erase(number);
  }
}

std::vector<viewer_view> terminal_host::viewers() const {
  std::vector<viewer_view> out;
  for (const auto& [number, viewer] : viewers_) out.push_back({number, viewer->who, viewer->watching});
  return out;
}

const viewer_identity* terminal_host::find(const mesh::session_id& session) const {
  for (const auto& [number, viewer] : viewers_)
    if (viewer->who.session == session) return &viewer->who;
  return nullptr;
}

std::optional<viewer_identity> terminal_host::controller() const {
  const auto number = gate_.holder();
  const auto found = number ? viewers_.find(*number) : viewers_.end();
  if (found == viewers_.end()) return std::nullopt;
  return found->second->who;
}

void terminal_host::tick() {
  auto had = controller();
  const auto why = gate_.expire(now_());
  if (!why) return;
  tell_state();
  if (had && calls_.expired) calls_.expired(*had, *why);
}

wire::term_state terminal_host::state_for(std::uint64_t number) const {
  wire::term_state out;
  out.hidden = hidden_;
  for (const auto& [other, viewer] : viewers_)
    if (viewer->watching) out.watching.push_back(viewer->who.name);
  if (const auto who = controller()) out.controller = who->name;
  if (gate_.holder() == number) out.epoch = gate_.epoch();
  if (recorded_) out.recorded = true;
  return out;
}

void terminal_host::tell_state() {
  if (ended_) return;
  for (const auto& [number, viewer] : viewers_) viewer->send(state_for(number));
}

void terminal_host::erase(std::uint64_t number) {
  const auto found = viewers_.find(number);
  if (found == viewers_.end()) return;
  const auto held = std::move(found->second);
  viewers_.erase(found);
  if (gate_.holder() == number) {
    gate_.close();
    if (calls_.expired) calls_.expired(held->who, lease_end::vanished);
  }
  tell_state();
  if (calls_.changed) calls_.changed();
}

void terminal_host::take_input(viewer& from, std::uint32_t epoch, bytes_view data) {
  const auto taken = gate_.admit(from.number, epoch, as_text(data), now_());
  if (taken > 0 && !ended_ && calls_.input) calls_.input(data.first(taken));
}

}  // namespace mesh::terminal
