// How a terminal begins to be shared, and how that ends.
#include "agent/app/asker_presence.hpp"
#include "agent/app/session_request.hpp"
#include "agent/app/shared_terminals.hpp"
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

}  // namespace

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
    raw->tell_suggestion(who.name, line);
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
    if (auto connected = co_await plane_.sessions().connect(std::move(*session)); !connected)
      co_return connected;
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
}  // namespace mesh::app
