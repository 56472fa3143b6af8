#include "agent/app/shared_terminals.hpp"

#include "agent/app/asker_presence.hpp"
#include "agent/app/session_request.hpp"
#include "agent/app/terminal_offers.hpp"
#include "core/base/escape.hpp"
#include "core/base/limits.hpp"
#include "core/base/log.hpp"
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
  bool record = false;
  bool mask = true;
};
BOOST_DESCRIBE_STRUCT(share_body, (),
                      (name, cols, rows, socket, to, room, session_id, peer_addr, token, record, mask))

struct attach_body {
  std::string name;
  std::string socket;
};
BOOST_DESCRIBE_STRUCT(attach_body, (), (name, socket))

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

terminal::viewer_identity identity_of(const terminal_stream& stream) {
  const auto& peer = stream.session.peer();
  return {stream.session.id(),
          peer.peer_id,
          peer.device_id,
          stream.username.empty() ? peer.device_id.str() : stream.username,
          stream.session.claims.allows("terminal:control"),
          peer.key_sha256};
}

}  // namespace

shared_terminals::shared_terminals(server_link::account& account, server_link::server_link& link,
                                   data_plane& plane, io::task_group& tasks, wishes wanted)
    : account_(account),
      link_(link),
      plane_(plane),
      tasks_(tasks),
      wishes_(std::move(wanted)),
      desk_(
          {[this](wire::event e) { return link_.send(std::move(e)); }, [this] { return link_.server_now(); }},
          wishes_.rules, [this] { return account_.username(); },
          {[this](const mesh::session_id& session) { return with_viewer(session); },
           [this](const std::function<void(shared_terminal&)>& call) {
             for (const auto& [name, e] : shared_) call(*e);
           }}),
      doors_(tasks.get_executor(), [this](const terminal_stream& who, const std::optional<std::string>& name,
                                          std::unique_ptr<p2p::byte_stream>& stream,
                                          bytes_view initial) { return let_in(who, name, stream, initial); }),
      changed_(tasks.get_executor()) {}

bool shared_terminals::handle(const control::request& r, const reply& to) {
  if (r.type == "terminal_share")
    tasks_.spawn("share-terminal", share(r, to));
  else if (r.type == "terminal_attach")
    tasks_.spawn("attach-terminal", attach(r, to));
  else if (r.type == "terminal_control")
    tasks_.spawn("terminal-control", control(r, to));
  else
    return false;
  return true;
}

shared_terminals::entry shared_terminals::find(std::string_view name) const {
  const auto found = shared_.find(name);
  return found == shared_.end() ? nullptr : found->second;
}

shared_terminal* shared_terminals::with_viewer(const mesh::session_id& session) {
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
  auto made = make(r, to, co_await io::this_coro::executor);
  if (!made) co_return to->fail(made.error());
  const auto& e = *made;
  asker_presence asker(*to);
  asker.on_gone([raw = e.get()] {
    raw->pipe_ended = true;
    raw->changed.notify();
  });
  const auto begun = co_await offer(e, r.payload);
  if (begun) co_await run(e, asker);
  shared_.erase(e->name);
  changed_.notify();
  for (const auto& id : e->sessions) close_session(plane_, link_, id);
  asker.on_gone(nullptr);
  if (!begun) co_return to->fail(begun.error());
  to->done();
}

// The terminal, without a shell yet.
result<shared_terminals::entry> shared_terminals::make(const control::request& r, const reply& to,
                                                       const io::executor& on) {
  const auto body = wire::from_json<share_body>(wire::json_value(r.payload), wire::unknown_keys::refuse);
  if (!body) return std::unexpected(body.error());
  const auto wanted = body->name.value_or("terminal");
  if (wanted.size() > limits::terminal_name_chars_max || escape_controls(wanted) != wanted)
    return fail(errc::field_invalid, "a name has at most 64 letters", "--name");
  if (shared_.size() >= limits::terminals_max)
    return fail(errc::busy, "as many terminals are shared here as can be");
  if (body->cols < 1 || body->rows < 1 || body->cols > limits::terminal_columns_max ||
      body->rows > limits::terminal_rows_max)
    return fail(errc::field_invalid, "a terminal of this size is not shared", "--cols");
  const auto e = std::make_shared<shared_terminal>(on);
  e->name = free_name(wanted);
  e->window = to;
  e->on_told = [this] { changed_.notify(); };
  terminal::host_calls calls;
  calls.input = [raw = e.get()](bytes_view keys) { raw->type(keys); };
  calls.changed = [this, raw = e.get()] {
    desk_.viewers_changed(*raw);
    raw->tell_window();
    raw->changed.notify();
  };
  calls.expired = [this, raw = e.get()](const terminal::viewer_identity& who, terminal::lease_end why) {
    desk_.expired(*raw, who, why);
  };
  calls.suggested = [raw = e.get()](const terminal::viewer_identity& who, const std::string& line) {
    raw->window->event("suggested", {{"viewer", who.name}, {"text", line}});
  };
  auto host = terminal::terminal_host::make(
      e->name, {static_cast<int>(body->cols), static_cast<int>(body->rows)}, [] { return steady_now(); },
      std::move(calls));
  if (!host) return pass(host);
  e->host = std::move(*host);
  if (body->mask) {
    auto mask = new_mask();
    if (!mask) return pass(mask);
    e->mask = std::move(*mask);
  }
  if (body->record)
    if (auto begun = e->record(wishes_.state, link_.server_now()); !begun)
      return std::unexpected(begun.error());
  shared_.emplace(e->name, e);
  return e;
}

result<std::optional<terminal::secret_mask>> shared_terminals::new_mask() const {
  auto patterns = terminal::default_masks();
  auto own = terminal::read_masks(wishes_.masks);
  if (!own) return pass(own);
  std::ranges::move(*own, std::back_inserter(patterns));
  return terminal::secret_mask(std::move(patterns));
}

// Opens the session that was asked for, and offers the terminal in it; then its shell is heard.
io::task<result<void>> shared_terminals::offer(entry e, wire::json_object wish) {
  auto body = *wire::from_json<share_body>(wire::json_value(wish));
  std::optional<outgoing_session> session;
  if (body.session_id) {
    const auto address = net::parse_host_port(body.peer_addr.value_or(""));
    if (!address) co_return fail(errc::address_invalid, body.peer_addr.value_or(""), "--peer-addr");
    session = outgoing_session{*body.session_id,
                               secret(std::move(body.token).value_or("")),
                               {{address->host, address->port}},
                               false};
  }
  if (!session || account_.pinned_keys().empty())
    if (const auto online = co_await link_.wait_online(online_timeout); !online)
      co_return std::unexpected(online.error());
  if (body.to) {
    const auto peer = co_await find_peer(account_, *body.to);
    if (!peer) co_return std::unexpected(peer.error());
    auto made = co_await request_session(account_, peer->device_id.str(), body.room.value_or(""),
                                         wire::session_kind::terminal);
    if (!made) co_return pass(made);
    session = std::move(*made);
  } else if (body.room) {
    const auto rooms = co_await account_.get<wire::room_list>("/api/rooms");
    if (!rooms) co_return std::unexpected(rooms.error());
    const auto found = std::ranges::find_if(
        rooms->rooms, [&](const auto& r) { return r.id.str() == *body.room || r.name == *body.room; });
    if (found == rooms->rooms.end())
      co_return fail(errc::not_found, fmt::format("no room \"{}\"", *body.room), "room");
    e->room = found->id;
  }
  if (session) {
    const auto id = session->session_id;
    if (auto connected = co_await plane_.connect(std::move(*session)); !connected) co_return connected;
    e->sessions.push_back(id);
    auto stream = plane_.open_terminal(id);
    if (!stream) co_return pass(stream);
    if (!stream->session.sends()) co_return fail(errc::capability_denied, "this session is for viewing");
    auto who = identity_of(*stream);
    // The other devices of that person, and the pages, come for it.
    if (stream->session.claims.room_id && who.user != stream->session.self().peer_id) {
      e->room = stream->session.claims.room_id;
      e->person = who.user;
    }
    if (auto added = e->host->add(std::move(stream->stream), std::move(who), {}); !added) co_return added;
  }
  auto pipe = terminal_pipe::connect(tasks_.get_executor(), body.socket,
                                     {.data = [raw = e.get()](bytes_view data) { raw->take_output(data); },
                                      .drained = {},
                                      .ended =
                                          [raw = e.get()] {
                                            raw->pipe_ended = true;
                                            raw->changed.notify();
                                          }});
  if (!pipe) co_return pass(pipe);
  e->pipe = std::move(*pipe);
  co_return result<void>();
}

// Until its shell has ended and the viewers have heard of it.
io::task<> shared_terminals::run(entry e, asker_presence& asker) {
  const auto size = e->host->size();
  log::info(module, "Sharing terminal {} ({}x{})", e->name, size.cols, size.rows);
  e->window->event("ready", {{"name", e->name}});
  announce(*e);
  e->tell_window();
  if (!std::exchange(ticking_, true)) tasks_.spawn("terminals", tick());
  while (!e->pipe_ended) co_await e->changed.wait();
  const auto until = steady_now() + status_patience;
  while (!e->status && !asker.gone() && steady_now() < until)
    (void)co_await e->changed.wait_for(until - steady_now());
  // Nobody told: the program with the window died, and its shell was hung up.
  if (!e->status) e->status = {std::nullopt, 1};
  log::info(module, "Terminal {} has ended", e->name);
  desk_.revoke(*e, "ended");
  e->host->exited(e->status->code, e->status->signal);
  announce(*e, true);
  const auto left = steady_now() + farewell;
  while (!e->host->viewers().empty() && steady_now() < left)
    (void)co_await e->changed.wait_for(left - steady_now());
}

io::task<> shared_terminals::tick() {
  while (!shared_.empty()) {
    co_await io::sleep_for(tick_interval);
    // A host that ends a lease calls back; none of that changes the list.
    for (const auto& [name, e] : shared_) {
      e->tick();
      desk_.tick(*e);
      // Not each of the many sizes of a window that is being dragged.
      if (e->announced && *e->announced != e->host->size()) announce(*e);
    }
  }
  ticking_ = false;
}

// A window that the sharer opens on a terminal that has none, or another one: sees it and types into it.
io::task<> shared_terminals::attach(control::request r, reply to) {
  const auto body = wire::from_json<attach_body>(wire::json_value(r.payload), wire::unknown_keys::refuse);
  if (!body) co_return to->fail(body.error());
  auto e = find(body->name);
  if (!e && body->name.empty() && shared_.size() == 1) e = shared_.begin()->second;
  if (!e) co_return to->fail({errc::terminal_unknown, body->name, "NAME"});
  asker_presence asker(*to);
  const auto left = std::make_shared<bool>(false);
  const auto leave = [e, left] {
    *left = true;
    e->changed.notify();
  };
  auto pipe = terminal_pipe::connect(
      co_await io::this_coro::executor, body->socket,
      {.data = [raw = e.get()](bytes_view keys) { raw->type(keys); }, .drained = {}, .ended = leave});
  if (!pipe) co_return to->fail(pipe.error());
  asker.on_gone(leave);
  // One at a time: the newest, as when a person sits down elsewhere.
  const auto mine = ++e->attached_number;
  e->attached = std::move(*pipe);
  e->attached->write(as_bytes(e->host->snapshot()));
  e->changed.notify();
  const auto size = e->host->size();
  to->event("state", {{"name", e->name},
                      {"device_id", account_.self().device_id},
                      {"username", account_.username()},
                      {"cols", size.cols},
                      {"rows", size.rows},
                      {"may_control", true},
                      {"watching", wire::json_value(boost::json::array_kind)},
                      {"control", true},
                      {"hidden", false},
                      {"recorded", e->recording != nullptr}});
  const auto seen_here = [&] { return e->attached && e->attached_number == mine; };
  while (!*left && !e->pipe_ended && seen_here()) co_await e->changed.wait();
  if (seen_here()) e->attached.reset();
  asker.on_gone(nullptr);
  if (!e->pipe_ended) co_return to->done({{"detached", true}});
  to->done({{"ended", true}});
}

// -- viewers

result<void> shared_terminals::let_in(const terminal_stream& who, const std::optional<std::string>& name,
                                      std::unique_ptr<p2p::byte_stream>& stream, bytes_view initial) {
  const auto e = name ? find(*name) : nullptr;
  const auto& session = who.session;
  const bool own = session.peer().peer_id == session.self().peer_id;
  const bool meant = e && (!e->person || *e->person == session.peer().peer_id);
  const bool invited = e && (own || (meant && e->room && e->room == session.claims.room_id));
  if (!invited) return fail(errc::terminal_unknown);
  return e->host->add(std::move(stream), identity_of(who), initial);
}

void shared_terminals::session_closed(const mesh::session_id& session, const error& reason) {
  for (const auto& [name, e] : shared_) {
    e->host->remove_session(session, reason);
    e->asks.forget(session);
    e->tell_window();
  }
}

// -- what the sharer says

io::task<> shared_terminals::control(control::request r, reply to) {
  const auto body = wire::from_json<control_body>(wire::json_value(r.payload), wire::unknown_keys::refuse);
  if (!body) co_return to->fail(body.error());
  auto e = find(body->name);
  if (!e && body->name.empty() && shared_.size() == 1) e = shared_.begin()->second;
  result<void> done;
  if (e)
    done = act(*e, r.payload);
  else if (body->action == "revoke" && !body->name.empty())
    done = co_await take_elsewhere(body->name);
  else
    done = fail(errc::terminal_unknown, body->name, "NAME");
  if (!done) co_return to->fail(done.error());
  if (!e) co_return to->done({{"name", body->name}});
  e->tell_window();
  to->done(e->describe());
}

// An owner of the room takes the keyboard of somebody else's terminal from whoever has it.
io::task<result<void>> shared_terminals::take_elsewhere(std::string name) {
  const auto offers = co_await terminal_offers(account_);
  if (!offers) co_return std::unexpected(offers.error());
  const auto* offer = find_offer(*offers, name);
  if (offer == nullptr) co_return fail(errc::terminal_unknown, name, "NAME");
  if (!offer->controller) co_return fail(errc::not_found, "nobody has the keyboard", "NAME");
  wire::event event;
  event.type = "terminal.control.revoked";
  event.payload = wire::make_payload(wire::terminal_control{.session_id = offer->controller->session_id,
                                                            .user_id = offer->controller->user_id,
                                                            .name = offer->name,
                                                            .reason = "owner"});
  if (!link_.send(std::move(event))) co_return fail(errc::server_unreachable);
  co_return result<void>();
}

result<void> shared_terminals::act(shared_terminal& e, const wire::json_object& wish) {
  const auto body = *wire::from_json<control_body>(wire::json_value(wish));
  const auto& action = body.action;
  const auto viewer = body.viewer.value_or("");
  if (action == "allow" || action == "once") {
    const auto minutes = body.minutes.value_or(limits::terminal_control_life.count());
    if (minutes < 1 || minutes > limits::terminal_control_life_max.count())
      return fail(errc::field_invalid, "between 1 and 60 minutes", "--minutes");
    return desk_.allow(e, viewer, std::chrono::minutes(minutes), action == "once");
  }
  if (action == "deny")
    desk_.deny(e, viewer, "denied");
  else if (action == "revoke")
    desk_.revoke(e, "revoked");
  else if (action == "hide" || action == "show")
    e.host->hide(action == "hide");
  else if (action == "resize")
    e.resize({static_cast<int>(body.cols.value_or(0)), static_cast<int>(body.rows.value_or(0))});
  else if (action == "record")
    return e.record(wishes_.state, link_.server_now());
  else if (action == "unrecord")
    e.stop_recording();
  else if (action == "unmask")
    e.mask.reset();
  else if (action == "mask") {
    auto mask = new_mask();
    if (!mask) return pass(mask);
    e.mask = std::move(*mask);
  } else if (action == "exited") {
    const auto small = [](std::optional<std::int64_t> n) {
      return n ? std::optional(static_cast<std::int32_t>(*n)) : std::nullopt;
    };
    e.status = {small(body.code), small(body.signal)};
    e.changed.notify();
  } else {
    return fail(errc::kind_unknown, action, "action");
  }
  return {};
}

// -- what is told

// To the server, which tells those who may look.
void shared_terminals::announce(shared_terminal& e, bool ended) {
  const auto size = e.host->size();
  e.announced = ended ? std::nullopt : std::optional(size);
  const std::int64_t epoch = e.host->controller() ? e.host->gate().epoch() : 0;
  wire::event event;
  event.type = "terminal.shared";
  event.to = "server";
  event.payload =
      wire::make_payload(wire::terminal_offer{e.name, size.cols, size.rows, e.room, ended, epoch, e.person});
  link_.send(std::move(event));
  changed_.notify();
}

void shared_terminals::went_online() {
  for (const auto& [name, e] : shared_)
    if (e->announced) announce(*e);
}

wire::json_value shared_terminals::list() const {
  wire::json_value out(boost::json::array_kind);
  for (const auto& [name, e] : shared_) out.as_array().push_back(e->describe());
  return out;
}

}  // namespace mesh::app
