#include "agent/app/viewed_terminals.hpp"

#include "agent/app/asker_presence.hpp"
#include "agent/app/session_request.hpp"
#include "agent/app/terminal_offers.hpp"
#include "agent/app/terminal_pipe.hpp"
#include "agent/terminal/viewer_stream.hpp"
#include "core/base/limits.hpp"
#include "core/base/log.hpp"
#include "core/crypto/random.hpp"
#include "core/io/condition.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view module = "terminal";
constexpr auto online_timeout = 15s;
constexpr auto heartbeat_interval = 2s;
constexpr std::size_t window_bytes_max = 1024UZ * 1024;  // that a window has not taken yet

struct view_body {
  std::string name;
  std::string socket;
};
BOOST_DESCRIBE_STRUCT(view_body, (), (name, socket))

// action: ask, release, suggest (with text) or fit (cols and rows are asked for).
struct ask_body {
  std::string name;
  std::string action;
  std::optional<std::string> text;
  std::optional<std::int64_t> cols;
  std::optional<std::int64_t> rows;
};
BOOST_DESCRIBE_STRUCT(ask_body, (), (name, action, text, cols, rows))

}  // namespace

struct viewed_terminals::entry {
  explicit entry(const io::executor& on) : changed(on) {}
  std::uint64_t number = 0;
  mesh::session_id session;
  mesh::user_id self;
  std::string device;
  std::string username;
  std::unique_ptr<terminal::viewer_stream> stream;
  std::unique_ptr<terminal_pipe> pipe;  // to the window that looks now
  reply window;
  std::uint64_t window_number = 0;
  std::string asked;  // id of our terminal.control.request
  std::optional<std::int64_t> round_trip_ms;
  steady_time heard;  // of the sharer, while somebody looks
  std::optional<wire::term_exit> exit;
  std::optional<error> closed;
  io::condition changed;

  std::string full_name() const { return device + "/" + stream->name(); }
};

viewed_terminals::viewed_terminals(server_link::account& account, server_link::server_link& link,
                                   data_plane& plane, io::task_group& tasks)
    : account_(account), link_(link), plane_(plane), tasks_(tasks) {}

viewed_terminals::~viewed_terminals() = default;

bool viewed_terminals::handle(const control::request& r, const reply& to) {
  if (r.type == "terminal_view")
    tasks_.spawn("view-terminal", view(r, to));
  else if (r.type == "terminal_ask")
    ask(r, *to);
  else
    return false;
  return true;
}

void viewed_terminals::add(terminal_stream stream) {
  const auto e = keep(std::move(stream));
  log::info(module, "{} shares a terminal with this machine", e->device);
}

std::shared_ptr<viewed_terminals::entry> viewed_terminals::keep(terminal_stream stream) {
  const auto e = std::make_shared<entry>(tasks_.get_executor());
  e->number = ++last_;
  e->session = stream.session.id();
  e->self = stream.session.self().peer_id;
  e->device = stream.session.peer().device_id.str();
  e->username = stream.username;
  terminal::viewer_calls calls;
  calls.opened = [this, raw = e.get()] {
    tell_window(*raw);
    raw->changed.notify();
  };
  calls.state = [this, raw = e.get()](const wire::term_state&) { tell_window(*raw); };
  calls.output = [raw = e.get()](bytes_view data) {
    raw->heard = steady_now();
    if (!raw->pipe) return;
    raw->pipe->write(data);
    if (raw->pipe->waiting() > window_bytes_max) raw->stream->hold(true);
  };
  calls.exited = [raw = e.get()](const wire::term_exit& exit) { raw->exit = exit; };
  calls.echoed = [this, raw = e.get()](std::int64_t sent) {
    raw->heard = steady_now();
    raw->round_trip_ms = steady_now().time_since_epoch() / 1ms - sent;
    tell_window(*raw);
  };
  calls.closed = [this, raw = e.get()](const error& reason) {
    raw->closed = reason;
    raw->changed.notify();
    // Its stream is on the stack still.
    io::post(tasks_.get_executor(), [this, number = raw->number] {
      if (const auto found = seen_.find(number); found != seen_.end()) {
        const auto held = found->second;
        seen_.erase(found);
        if (held->session != mesh::session_id()) close_session(plane_, link_, held->session.str());
      }
    });
  };
  e->stream = std::make_unique<terminal::viewer_stream>(std::move(stream.stream), std::move(calls));
  seen_.emplace(e->number, e);
  e->stream->begin(stream.initial);
  if (!std::exchange(beating_, true)) tasks_.spawn("heartbeat", heartbeat());
  return e;
}

// While somebody looks: it measures the way, keeps the keyboard of who has it, and notices a sharer that has
// vanished before the connection does.
io::task<> viewed_terminals::heartbeat() {
  while (!seen_.empty()) {
    std::vector<std::string> silent;
    for (const auto& [number, e] : seen_) {
      if (!e->pipe || e->closed) continue;
      e->stream->alive(steady_now().time_since_epoch() / 1ms);
      // A window that stands still holds the answers up, too.
      if (e->pipe->waiting() == 0 && steady_now() - e->heard >= limits::terminal_heartbeat_timeout)
        silent.push_back(e->session.str());
    }
    for (const auto& session : silent) plane_.sessions().close_session(session);
    co_await io::sleep_for(heartbeat_interval);
  }
  beating_ = false;
}

result<std::shared_ptr<viewed_terminals::entry>> viewed_terminals::find(std::string_view name) const {
  std::vector<std::shared_ptr<entry>> found;
  for (const auto& [number, e] : seen_)
    if (!e->closed && (name.empty() || e->stream->name() == name || e->full_name() == name ||
                       e->device == name || e->username == name))
      found.push_back(e);
  if (found.empty()) return fail(errc::terminal_unknown, std::string(name), "NAME");
  // Of two of one name on one machine the newer: the older one is the same terminal, before a break.
  for (const auto& e : found)
    if (e->full_name() != found.back()->full_name()) {
      std::string all;
      for (const auto& one : found) all += (all.empty() ? "" : ", ") + one->full_name();
      return fail(errc::peer_ambiguous, fmt::format("\"{}\" can be {}", name, all), "NAME");
    }
  return found.back();
}

// A terminal that somebody brought us, or one of those that we may look at.
io::task<result<std::shared_ptr<viewed_terminals::entry>>> viewed_terminals::find_or_open(std::string name) {
  auto known = find(name);
  if (known || known.error().code != errc::terminal_unknown) co_return known;
  if (const auto online = co_await link_.wait_online(online_timeout); !online)
    co_return std::unexpected(online.error());
  const auto offers = co_await terminal_offers(account_);
  if (!offers) co_return std::unexpected(offers.error());
  const auto* offer = find_offer(*offers, name);
  if (offer == nullptr) co_return known;
  const auto room = offer->room_id ? offer->room_id->str() : std::string();
  auto session = co_await request_session(account_, offer->device_id.str(), room,
                                          wire::session_kind::terminal, capability::role::target);
  if (!session) co_return pass(session);
  const auto id = session->session_id;
  if (const auto connected = co_await plane_.sessions().connect(std::move(*session)); !connected)
    co_return std::unexpected(connected.error());
  auto stream = plane_.open_terminal(id);
  if (!stream) co_return pass(stream);
  const auto e = keep(std::move(*stream));
  e->stream->watch(true, offer->name);
  while (e->stream->name().empty() && !e->closed) co_await e->changed.wait();
  if (e->closed) co_return std::unexpected(*e->closed);
  e->stream->watch(false);
  co_return e;
}

io::task<> viewed_terminals::view(control::request r, reply to) {
  const auto body = wire::from_json<view_body>(wire::json_value(r.payload), wire::unknown_keys::refuse);
  if (!body) co_return to->fail(body.error());
  asker_presence asker(*to);
  const auto found = co_await find_or_open(body->name);
  if (!found) co_return to->fail(found.error());
  const auto e = *found;
  if (asker.gone()) co_return;
  // One window at a time: the newest, as when a person sits down elsewhere.
  if (e->window) e->window->event("taken_over", {});
  const auto mine = ++e->window_number;
  const auto leave = [e, mine] {
    if (e->window_number != mine) return;
    ++e->window_number;
    e->changed.notify();
  };
  auto pipe = terminal_pipe::connect(co_await io::this_coro::executor, body->socket,
                                     {.data = [raw = e.get()](bytes_view keys) { raw->stream->type(keys); },
                                      .drained = [raw = e.get()] { raw->stream->hold(false); },
                                      .ended = leave});
  if (!pipe) co_return to->fail(pipe.error());
  asker.on_gone(leave);
  e->pipe = std::move(*pipe);
  e->heard = steady_now();
  e->window = to;
  e->stream->hold(false);
  e->stream->watch(true);
  e->stream->alive(steady_now().time_since_epoch() / 1ms);
  tell_window(*e);
  while (!e->closed && e->window_number == mine) co_await e->changed.wait();
  if (e->window == to) {
    e->window = nullptr;
    e->pipe.reset();
    if (!e->closed) {
      e->stream->hold(false);
      e->stream->watch(false);
      release(e);
    }
  }
  if (e->exit) {
    wire::json_object how{{"ended", true}};
    if (e->exit->code) how["code"] = *e->exit->code;
    if (e->exit->signal) how["signal"] = *e->exit->signal;
    co_return to->done(std::move(how));
  }
  if (e->closed) co_return to->fail(*e->closed);
  to->done({{"detached", true}});
}

// Who stops looking gives the keyboard back.
void viewed_terminals::release(const std::shared_ptr<entry>& e) {
  if (!e->stream->state().epoch) return;
  wire::event event;
  event.type = "terminal.control.revoked";
  event.to = "device:" + e->device;
  event.payload = wire::make_payload(
      wire::terminal_control{.session_id = e->session, .user_id = e->self, .reason = "released"});
  link_.send(std::move(event));
}

void viewed_terminals::ask(const control::request& r, control::reply& to) {
  const auto body = wire::from_json<ask_body>(wire::json_value(r.payload), wire::unknown_keys::refuse);
  if (!body) return to.fail(body.error());
  const auto found = find(body->name);
  if (!found) return to.fail(found.error());
  const auto& e = *found;
  if (body->action == "release") {
    release(e);
  } else if (body->action == "suggest") {
    const auto text = body->text.value_or("");
    if (text.empty() || text.size() > limits::terminal_suggestion_bytes_max)
      return to.fail({errc::field_invalid, "a line of at most 4096 bytes", "text"});
    e->stream->suggest(text);
  } else if (body->action == "fit") {
    const terminal::terminal_size wanted{static_cast<int>(body->cols.value_or(0)),
                                         static_cast<int>(body->rows.value_or(0))};
    if (!valid(wanted)) return to.fail({errc::field_invalid, "no terminal has this size", "cols"});
    e->stream->ask_size(wanted);
  } else if (body->action == "ask") {
    if (!e->stream->may_control())
      return to.fail({errc::capability_denied, "your role in this room only looks at terminals", {}});
    wire::event event;
    event.type = "terminal.control.request";
    event.id = e->asked = crypto::new_id<event_tag>().str();
    event.to = "device:" + e->device;
    event.payload = wire::make_payload(wire::terminal_control{.session_id = e->session, .user_id = e->self});
    if (!link_.send(std::move(event))) return to.fail({errc::server_unreachable, {}, {}});
  } else {
    return to.fail({errc::kind_unknown, body->action, "action"});
  }
  to.done();
}

bool viewed_terminals::take_event(const wire::event& event) {
  if (event.type == "system.error") {
    for (const auto& [number, e] : seen_) {
      if (!event.reply_to || e->asked != *event.reply_to) continue;
      const auto told = wire::payload_of<wire::error_info>(event);
      if (e->window && told) e->window->event("refused", {{"code", told->code}});
      return true;
    }
    return false;
  }
  if (!event.type.starts_with("terminal.control.")) return false;
  const auto said = wire::payload_of<wire::terminal_control>(event);
  for (const auto& [number, e] : seen_) {
    if (!said || e->session != said->session_id) continue;
    const auto what = event.type.substr(std::string_view("terminal.control.").size());
    if (e->window) e->window->event(what, {{"reason", said->reason.value_or("")}});
    return true;
  }
  return false;
}

void viewed_terminals::tell_window(const entry& e) const {
  if (!e.window) return;
  const auto& s = e.stream->state();
  wire::json_value watching(boost::json::array_kind);
  for (const auto& name : s.watching) watching.as_array().emplace_back(name);
  wire::json_object out{{"name", e.stream->name()},
                        {"device_id", e.device},
                        {"username", e.username},
                        {"cols", e.stream->size().cols},
                        {"rows", e.stream->size().rows},
                        {"may_control", e.stream->may_control()},
                        {"watching", std::move(watching)},
                        {"control", s.epoch.has_value()},
                        {"hidden", s.hidden},
                        {"recorded", s.recorded.value_or(false)}};
  if (s.controller) out["controller"] = *s.controller;
  if (e.round_trip_ms) out["rtt_ms"] = *e.round_trip_ms;
  if (s.asked) out["asked"] = {{"cols", s.asked->cols}, {"rows", s.asked->rows}};
  e.window->event("state", std::move(out));
}

wire::json_value viewed_terminals::list() const {
  wire::json_value out(boost::json::array_kind);
  for (const auto& [number, e] : seen_) {
    if (e->closed) continue;
    const auto& s = e->stream->state();
    wire::json_value watching(boost::json::array_kind);
    for (const auto& name : s.watching) watching.as_array().emplace_back(name);
    wire::json_object o{{"name", e->stream->name()},
                        {"device_id", e->device},
                        {"username", e->username},
                        {"cols", e->stream->size().cols},
                        {"rows", e->stream->size().rows},
                        {"watching", std::move(watching)},
                        {"hidden", s.hidden}};
    if (s.controller) o["controller"] = *s.controller;
    out.as_array().push_back(std::move(o));
  }
  return out;
}

}  // namespace mesh::app
