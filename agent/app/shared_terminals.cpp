#include "agent/app/shared_terminals.hpp"

#include "agent/app/asker_presence.hpp"
#include "agent/app/session_request.hpp"
#include "agent/app/terminal_pipe.hpp"
#include "agent/p2p/close_code.hpp"
#include "agent/terminal/terminal_frames.hpp"
#include "agent/terminal/terminal_host.hpp"
#include "core/base/limits.hpp"
#include "core/base/log.hpp"
#include "core/io/condition.hpp"
#include "core/net/url.hpp"
#include "core/wire/rest_bodies.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view module = "terminal";
constexpr auto online_timeout = 15s;
constexpr auto tick_interval = 250ms;
// After the shell's last byte, until its status is known here; and until the viewers have heard it.
constexpr auto status_patience = 2s;
constexpr auto farewell = 1s;

// socket: where the program with the window listens. to, room: whom it is shared with by asking the server
// for a session; or session_id, peer_addr and token of a session that the server gave already.
struct share_body {
  std::optional<std::string> name;
  std::int64_t cols = 0;
  std::int64_t rows = 0;
  std::string socket;
  std::optional<std::string> to;
  std::optional<std::string> room;
  std::optional<std::string> session_id;
  std::optional<std::string> peer_addr;
  std::optional<std::string> token;
};
BOOST_DESCRIBE_STRUCT(share_body, (), (name, cols, rows, socket, to, room, session_id, peer_addr, token))

// viewer: a person, a machine or a session; the one who asked first when absent.
struct control_body {
  std::string name;
  std::string action;
  std::optional<std::string> viewer;
  std::optional<std::int64_t> minutes;
  std::optional<std::int64_t> cols;
  std::optional<std::int64_t> rows;
  std::optional<std::int64_t> code;
  std::optional<std::int64_t> signal;
};
BOOST_DESCRIBE_STRUCT(control_body, (), (name, action, viewer, minutes, cols, rows, code, signal))

struct asked_keyboard {
  mesh::session_id session;
  std::string name;  // of the person
  steady_time until;
};

std::string word_of(terminal::lease_end why) {
  switch (why) {
    case terminal::lease_end::over:
      return "over";
    case terminal::lease_end::idle:
      return "idle";
    case terminal::lease_end::vanished:
      break;
  }
  return "vanished";
}

}  // namespace

struct shared_terminals::entry {
  explicit entry(const io::executor& on) : changed(on) {}
  std::string name;
  std::unique_ptr<terminal::terminal_host> host;
  std::unique_ptr<terminal_pipe> pipe;
  reply window;
  std::vector<asked_keyboard> asked;
  std::vector<std::string> sessions;  // that were opened for it
  std::optional<mesh::room_id> room;  // whose people may look
  std::optional<std::pair<std::optional<std::int32_t>, std::optional<std::int32_t>>> status;
  bool pipe_ended = false;
  io::condition changed;
};

shared_terminals::shared_terminals(server_link::account& account, server_link::server_link& link,
                                   data_plane& plane, io::task_group& tasks)
    : account_(account), link_(link), plane_(plane), tasks_(tasks) {}

shared_terminals::~shared_terminals() = default;

bool shared_terminals::handle(const control::request& r, const reply& to) {
  if (r.type == "terminal_share")
    tasks_.spawn("share-terminal", share(r, to));
  else if (r.type == "terminal_control")
    control(r, *to);
  else
    return false;
  return true;
}

std::shared_ptr<shared_terminals::entry> shared_terminals::find(std::string_view name) {
  const auto found = shared_.find(name);
  return found == shared_.end() ? nullptr : found->second;
}

shared_terminals::entry* shared_terminals::with_viewer(const mesh::session_id& session) {
  for (const auto& [name, e] : shared_)
    if (e->host->find(session) != nullptr) return e.get();
  return nullptr;
}

std::string shared_terminals::free_name(std::string wanted) const {
  if (wanted.empty()) wanted = "terminal";
  if (!shared_.contains(wanted)) return wanted;
  for (int number = 2;; ++number)
    if (auto name = fmt::format("{}-{}", wanted, number); !shared_.contains(name)) return name;
}

// -- sharing

io::task<> shared_terminals::share(control::request r, reply to) {
  const auto body = wire::from_json<share_body>(wire::json_value(r.payload), wire::unknown_keys::refuse);
  if (!body) co_return to->fail(body.error());
  if (body->name.value_or("x").size() > limits::terminal_name_chars_max)
    co_return to->fail({errc::field_invalid, "the name is too long", "--name"});
  if (shared_.size() >= limits::terminals_max)
    co_return to->fail({errc::busy, "as many terminals are shared here as can be", {}});
  if (body->cols < 1 || body->rows < 1 || body->cols > limits::terminal_columns_max ||
      body->rows > limits::terminal_rows_max)
    co_return to->fail({errc::field_invalid, "a terminal of this size is not shared", "--cols"});
  const auto on = co_await io::this_coro::executor;
  const auto e = std::make_shared<entry>(on);
  e->name = free_name(body->name.value_or(""));
  e->window = to;
  terminal::host_calls calls;
  calls.input = [raw = e.get()](bytes_view keys) {
    if (raw->pipe) raw->pipe->write(keys);
  };
  calls.changed = [this, raw = e.get()] {
    tell_window(*raw);
    raw->changed.notify();
  };
  calls.expired = [this, raw = e.get()](const terminal::viewer_identity& who, terminal::lease_end why) {
    log::info(module, "{} no longer has the keyboard of {} ({})", who.name, raw->name, word_of(why));
    say("revoked", who.device, {.session_id = who.session, .user_id = who.user, .reason = word_of(why)});
    tell_window(*raw);
  };
  calls.suggested = [raw = e.get()](const terminal::viewer_identity& who, const std::string& line) {
    raw->window->event("suggested", {{"viewer", who.name}, {"text", line}});
  };
  auto host = terminal::terminal_host::make(
      e->name, {static_cast<int>(body->cols), static_cast<int>(body->rows)}, [] { return steady_now(); },
      std::move(calls));
  if (!host) co_return to->fail(host.error());
  e->host = std::move(*host);
  shared_.emplace(e->name, e);
  asker_presence asker(*to);
  asker.on_gone([raw = e.get()] {
    raw->pipe_ended = true;
    raw->changed.notify();
  });
  auto begun = co_await invite(e, r.payload);
  if (begun) {
    auto pipe = terminal_pipe::connect(on, body->socket,
                                       {.data = [raw = e.get()](bytes_view data) { raw->host->output(data); },
                                        .drained = {},
                                        .ended =
                                            [raw = e.get()] {
                                              raw->pipe_ended = true;
                                              raw->changed.notify();
                                            }});
    if (pipe)
      e->pipe = std::move(*pipe);
    else
      begun = std::unexpected(pipe.error());
  }
  if (begun) {
    log::info(module, "Sharing terminal {} ({}x{})", e->name, body->cols, body->rows);
    to->event("ready", {{"name", e->name}});
    tell_window(*e);
    if (!std::exchange(ticking_, true)) tasks_.spawn("terminals", tick());
    while (!e->pipe_ended) co_await e->changed.wait();
    const auto until = steady_now() + status_patience;
    while (!e->status && !asker.gone() && steady_now() < until)
      (void)co_await e->changed.wait_for(until - steady_now());
    // Nobody told: the program with the window died, and its shell was hung up.
    if (!e->status) e->status.emplace(std::nullopt, 1);
    end(*e, e->status->first, e->status->second);
    const auto left = steady_now() + farewell;
    while (!e->host->viewers().empty() && steady_now() < left)
      (void)co_await e->changed.wait_for(left - steady_now());
  }
  shared_.erase(e->name);
  for (const auto& id : e->sessions) close_session(plane_, link_, id);
  asker.on_gone(nullptr);
  if (!begun) co_return to->fail(begun.error());
  to->done();
}

// Opens the session that was asked for, and offers the terminal in it.
io::task<result<void>> shared_terminals::invite(std::shared_ptr<entry> e, wire::json_object wish) {
  auto body = *wire::from_json<share_body>(wire::json_value(wish));
  outgoing_session session;
  if (body.session_id) {
    const auto address = net::parse_host_port(body.peer_addr.value_or(""));
    if (!address) co_return fail(errc::address_invalid, body.peer_addr.value_or(""), "--peer-addr");
    if (account_.pinned_keys().empty())
      if (const auto online = co_await link_.wait_online(online_timeout); !online)
        co_return std::unexpected(online.error());
    session = {*body.session_id,
               secret(std::move(body.token).value_or("")),
               {{address->host, address->port}},
               false};
  } else {
    if (const auto online = co_await link_.wait_online(online_timeout); !online)
      co_return std::unexpected(online.error());
    if (!body.to) {
      if (!body.room) co_return result<void>();
      const auto rooms = co_await account_.get<wire::room_list>("/api/rooms");
      if (!rooms) co_return std::unexpected(rooms.error());
      const auto found = std::ranges::find_if(
          rooms->rooms, [&](const auto& r) { return r.id.str() == *body.room || r.name == *body.room; });
      if (found == rooms->rooms.end())
        co_return fail(errc::not_found, fmt::format("no room \"{}\"", *body.room), "room");
      e->room = found->id;
      co_return result<void>();
    }
    const auto peer = co_await find_peer(account_, *body.to);
    if (!peer) co_return std::unexpected(peer.error());
    auto made = co_await request_session(account_, peer->device_id.str(), body.room.value_or(""),
                                         wire::session_kind::terminal);
    if (!made) co_return pass(made);
    session = std::move(*made);
  }
  const auto id = session.session_id;
  auto connected = co_await plane_.connect(std::move(session));
  if (!connected) co_return connected;
  e->sessions.push_back(id);
  auto stream = plane_.open_terminal(id);
  if (!stream) co_return pass(stream);
  if (!stream->session.sends()) co_return fail(errc::capability_denied, "this session is for viewing");
  const auto& peer = stream->session.peer();
  const auto name = stream->username.empty() ? peer.device_id.str() : stream->username;
  co_return e->host->add(std::move(stream->stream),
                         {stream->session.id(), peer.peer_id, peer.device_id, name,
                          stream->session.claims.allows("terminal:control")},
                         {});
}

void shared_terminals::serve(terminal_stream stream) {
  const auto number = ++last_door_;
  const auto who = std::make_shared<terminal_stream>(std::move(stream));
  auto door = std::make_unique<terminal_door>(
      std::move(who->stream),
      [this, number, who](const std::optional<std::string>& name, std::unique_ptr<p2p::byte_stream> opened,
                          const bytes& initial) {
        // It is on the stack still.
        io::post(tasks_.get_executor(), [held = std::shared_ptr(std::move(doors_.at(number)))] {});
        doors_.erase(number);
        const auto e = name ? find(*name) : nullptr;
        const auto& session = who->session;
        const auto& peer = session.peer();
        const bool own = peer.peer_id == session.self().peer_id;
        const bool invited = e && (own || (e->room && e->room == session.claims.room_id));
        result<void> added = fail(errc::terminal_unknown);
        if (invited)
          added = e->host->add(std::move(opened),
                               {session.id(), peer.peer_id, peer.device_id,
                                who->username.empty() ? peer.device_id.str() : who->username,
                                session.claims.allows("terminal:control")},
                               initial);
        if (added || !opened) return;
        opened->consume(initial.size());
        opened->write(terminal::message_frame(
            wire::term_refused{std::string(word(added.error().code)), added.error().detail}));
        opened->finish();
        // Its bytes leave before it does.
        const auto kept = std::make_shared<std::unique_ptr<p2p::byte_stream>>(std::move(opened));
        tasks_.spawn("refused", [](auto held) -> io::task<> {
          co_await io::sleep_for(farewell);
          held->reset();
        }(kept));
      },
      [this, number] {
        io::post(tasks_.get_executor(), [held = std::shared_ptr(std::move(doors_.at(number)))] {});
        doors_.erase(number);
      });
  auto& waiting = *doors_.emplace(number, std::move(door)).first->second;
  waiting.begin(std::move(who->initial));
}

void shared_terminals::session_closed(const mesh::session_id& session, const error& reason) {
  for (const auto& [name, e] : shared_) {
    e->host->remove_session(session, reason);
    std::erase_if(e->asked, [&](const auto& a) { return a.session == session; });
    tell_window(*e);
  }
}

void shared_terminals::end(entry& e, std::optional<std::int32_t> code, std::optional<std::int32_t> signal) {
  log::info(module, "Terminal {} has ended", e.name);
  e.host->exited(code, signal);
}

io::task<> shared_terminals::tick() {
  while (!shared_.empty()) {
    co_await io::sleep_for(tick_interval);
    const auto now = steady_now();
    // A host that ends a lease calls back; none of that changes the list.
    for (const auto& [name, e] : shared_) {
      e->host->tick();
      for (const auto& a : std::vector(e->asked))
        if (now >= a.until) deny(*e, a.session.str(), "timed_out");
    }
  }
  ticking_ = false;
}

// -- the keyboard

// To the device of the viewer; the server passes it on.
void shared_terminals::say(std::string_view what, const mesh::device_id& to, wire::terminal_control payload) {
  wire::event event;
  event.type = fmt::format("terminal.control.{}", what);
  event.to = "device:" + to.str();
  event.payload = wire::make_payload(payload);
  link_.send(std::move(event));
}

// Only the viewer itself is heard, and only to ask or to give back: who types is decided on this machine.
bool shared_terminals::take_event(const wire::event& event) {
  if (!event.type.starts_with("terminal.control.")) return false;
  const auto said = wire::payload_of<wire::terminal_control>(event);
  auto* e = said ? with_viewer(said->session_id) : nullptr;
  if (e == nullptr) return false;
  const auto& who = *e->host->find(said->session_id);
  if (event.from != "device:" + who.device.str()) {
    log::warn(module, "{} of {} is ignored: it is not of the viewer", event.type, event.from);
    return true;
  }
  if (event.type == "terminal.control.request") take_request(*said);
  const auto has = e->host->controller();
  if (event.type == "terminal.control.revoked" && has && has->session == said->session_id) {
    e->host->revoke();
    tell_window(*e);
  }
  return true;
}

void shared_terminals::take_request(const wire::terminal_control& asked) {
  auto& e = *with_viewer(asked.session_id);
  const auto& who = *e.host->find(asked.session_id);
  if (!who.control)
    return say("denied", who.device,
               {.session_id = asked.session_id, .user_id = who.user, .reason = "capability_denied"});
  log::info(module, "{} asks for the keyboard of {}", who.name, e.name);
  std::erase_if(e.asked, [&](const auto& a) { return a.session == asked.session_id; });
  e.asked.push_back({asked.session_id, who.name, steady_now() + limits::terminal_ask_timeout});
  tell_window(e);
}

result<void> shared_terminals::allow(entry& e, const std::string& viewer, std::chrono::minutes life,
                                     bool line_only) {
  const auto found = std::ranges::find_if(e.asked, [&](const auto& a) {
    const auto* who = e.host->find(a.session);
    return viewer.empty() || a.session.str() == viewer || a.name == viewer ||
           (who != nullptr && who->device.str() == viewer);
  });
  if (found == e.asked.end()) return fail(errc::not_found, "nobody asked for the keyboard", "viewer");
  const auto session = found->session;
  e.asked.erase(found);
  const auto* who = e.host->find(session);
  if (who == nullptr) return fail(errc::not_found, "this viewer has gone", "viewer");
  const auto had = e.host->controller();
  const auto epoch = e.host->gate().epoch() + 1;
  if (auto given = e.host->grant(session, epoch, steady_now() + life, line_only); !given) return given;
  log::info(module, "{} has the keyboard of {}", who->name, e.name);
  if (had && had->session != session)
    say("revoked", had->device, {.session_id = had->session, .user_id = had->user, .reason = "superseded"});
  say("granted", who->device,
      {.session_id = session,
       .user_id = who->user,
       .epoch = epoch,
       .expires_at = format_rfc3339(link_.server_now() + life)});
  return {};
}

void shared_terminals::deny(entry& e, const std::string& viewer, std::string_view reason) {
  const auto found = std::ranges::find_if(e.asked, [&](const auto& a) {
    return viewer.empty() || a.session.str() == viewer || a.name == viewer;
  });
  if (found == e.asked.end()) return;
  const auto session = found->session;
  e.asked.erase(found);
  if (const auto* who = e.host->find(session))
    say("denied", who->device, {.session_id = session, .user_id = who->user, .reason = std::string(reason)});
}

void shared_terminals::revoke(entry& e, std::string_view reason) {
  const auto had = e.host->revoke();
  if (!had) return;
  log::info(module, "The keyboard of {} was taken back from {}", e.name, had->name);
  say("revoked", had->device,
      {.session_id = had->session, .user_id = had->user, .reason = std::string(reason)});
}

void shared_terminals::control(const control::request& r, control::reply& to) {
  const auto body = wire::from_json<control_body>(wire::json_value(r.payload), wire::unknown_keys::refuse);
  if (!body) return to.fail(body.error());
  auto e = find(body->name);
  if (!e && body->name.empty() && shared_.size() == 1) e = shared_.begin()->second;
  if (!e) return to.fail({errc::terminal_unknown, body->name, "NAME"});
  const auto done = act(*e, body->action, r.payload);
  if (!done) return to.fail(done.error());
  tell_window(*e);
  to.done({{"name", e->name}});
}

result<void> shared_terminals::act(entry& e, std::string_view action, const wire::json_object& wish) {
  const auto body = *wire::from_json<control_body>(wire::json_value(wish));
  const auto viewer = body.viewer.value_or("");
  if (action == "allow" || action == "once") {
    const auto minutes = body.minutes.value_or(limits::terminal_control_life.count());
    if (minutes < 1 || minutes > limits::terminal_control_life_max.count())
      return fail(errc::field_invalid, "between 1 and 60 minutes", "--minutes");
    return allow(e, viewer, std::chrono::minutes(minutes), action == "once");
  }
  if (action == "deny")
    deny(e, viewer, "denied");
  else if (action == "revoke")
    revoke(e, "revoked");
  else if (action == "hide" || action == "show")
    e.host->hide(action == "hide");
  else if (action == "resize")
    e.host->resize({static_cast<int>(body.cols.value_or(0)), static_cast<int>(body.rows.value_or(0))});
  else if (action == "exited") {
    const auto small = [](std::optional<std::int64_t> n) {
      return n ? std::optional(static_cast<std::int32_t>(*n)) : std::nullopt;
    };
    e.status.emplace(small(body.code), small(body.signal));
    e.changed.notify();
  } else {
    return fail(errc::kind_unknown, std::string(action), "action");
  }
  return {};
}

// -- what is told

void shared_terminals::tell_window(const entry& e) {
  wire::json_value watching(boost::json::array_kind), asked(boost::json::array_kind);
  for (const auto& v : e.host->viewers())
    if (v.watching) watching.as_array().emplace_back(v.who.name);
  for (const auto& a : e.asked)
    asked.as_array().push_back({{"session_id", a.session.str()}, {"viewer", a.name}});
  wire::json_object state{
      {"watching", std::move(watching)}, {"asked", std::move(asked)}, {"hidden", e.host->hidden()}};
  if (const auto who = e.host->controller()) state["controller"] = who->name;
  e.window->event("state", std::move(state));
}

wire::json_value shared_terminals::list() const {
  wire::json_value out(boost::json::array_kind);
  for (const auto& [name, e] : shared_) {
    wire::json_value watching(boost::json::array_kind), asked(boost::json::array_kind);
    for (const auto& v : e->host->viewers())
      if (v.watching) watching.as_array().emplace_back(v.who.name);
    for (const auto& a : e->asked) asked.as_array().emplace_back(a.name);
    const auto size = e->host->size();
    wire::json_object o{{"name", name},
                        {"cols", size.cols},
                        {"rows", size.rows},
                        {"watching", std::move(watching)},
                        {"asked", std::move(asked)},
                        {"hidden", e->host->hidden()},
                        {"dropped_bytes", e->host->gate().dropped_bytes()}};
    if (const auto who = e->host->controller()) o["controller"] = who->name;
    out.as_array().push_back(std::move(o));
  }
  return out;
}

}  // namespace mesh::app
