#include "agent/terminal/terminal_host.hpp"

#include "agent/terminal/terminal_host_viewer.hpp"

#include <algorithm>
#include <ranges>

namespace mesh::terminal {
namespace {

// viewer: a person, a machine or a session; anybody when empty.
bool is_called(const viewer_identity& who, std::string_view viewer) {
  return viewer.empty() || who.session.str() == viewer || who.name == viewer || who.device.str() == viewer;
}

}  // namespace

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
  if (sizes_.settle(size)) tell_sizes();
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
  if (found == (viewers_ | std::views::reverse).end()) return fail(errc::conflict, "this viewer has gone");
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

std::vector<size_wish> terminal_host::size_wishes() const {
  std::vector<size_wish> out;
  for (const auto& wish : sizes_.waiting())
    if (const auto* who = find(wish.who)) out.push_back({*who, wish.size});
  return out;
}

result<terminal_size> terminal_host::wanted_size(std::string_view viewer) const {
  const auto wishes = size_wishes();
  const auto meant = std::ranges::find_if(wishes, [&](const auto& w) { return is_called(w.who, viewer); });
  if (meant == wishes.end()) return fail(errc::conflict, "nobody asked for another size", "viewer");
  return meant->size;
}

result<void> terminal_host::refuse_size(std::string_view viewer) {
  for (const auto& wish : size_wishes())
    if (is_called(wish.who, viewer)) {
      sizes_.answer(wish.who.session, true, now_());
      tell_sizes();
      return {};
    }
  return fail(errc::conflict, "nobody asked for another size", "viewer");
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
  if (sizes_.expire(now_())) {
    tell_sizes();
    if (calls_.changed) calls_.changed();
  }
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
  const auto seat = viewers_.find(number);
  if (const auto* wish = seat == viewers_.end() ? nullptr : sizes_.of(seat->second->who.session))
    out.asked = wire::term_size{static_cast<std::uint16_t>(wish->size.cols),
                                static_cast<std::uint16_t>(wish->size.rows)};
  return out;
}

// The wish of a viewer is told to that one alone.
void terminal_host::tell_sizes() {
  if (ended_) return;
  for (const auto& [number, viewer] : viewers_) viewer->tell_wish(state_for(number));
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
  sizes_.forget(held->who.session);
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

// It changes nothing: what the size is, the sharer says.
void terminal_host::take_wish(const viewer& from, terminal_size wanted) {
  if (ended_ || !from.watching || !sizes_.ask(from.who.session, wanted, screen_->size(), now_())) return;
  tell_sizes();
  if (calls_.changed) calls_.changed();
}

}  // namespace mesh::terminal
