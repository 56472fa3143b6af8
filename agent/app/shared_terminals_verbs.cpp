// What the sharer wants of a terminal that is shared already.
#include "agent/app/asker_presence.hpp"
#include "agent/app/shared_terminals.hpp"
#include "agent/app/terminal_offers.hpp"
#include "core/base/limits.hpp"

namespace mesh::app {
namespace {

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

}  // namespace

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
  e->attached_window = to;
  e->tell_window();
  const auto seen_here = [&] { return e->attached && e->attached_number == mine; };
  while (!*left && !e->pipe_ended && seen_here()) co_await e->changed.wait();
  if (e->attached_number == mine) {
    e->attached.reset();
    e->attached_window.reset();
  }
  asker.on_gone(nullptr);
  if (!e->pipe_ended) co_return to->done({{"detached", true}});
  to->done({{"ended", true}});
}

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
  if (!offer->controller) co_return fail(errc::conflict, "nobody has the keyboard", "NAME");
  wire::event event;
  event.type = "terminal.control.revoked";
  event.payload = wire::make_payload(wire::terminal_control{.session_id = offer->controller->session_id,
                                                            .user_id = offer->controller->user_id,
                                                            .name = offer->name,
                                                            .reason = "owner"});
  if (!link_.send(std::move(event))) co_return fail(errc::server_unreachable);
  co_return result<void>();
}

// In a size that a viewer asked for, or that the sharer says. The window with the shell has the last word.
result<void> shared_terminals::fit(shared_terminal& e, std::string_view viewer,
                                   std::optional<std::int64_t> cols, std::optional<std::int64_t> rows) {
  result<terminal::terminal_size> size;
  if (!cols && !rows)
    size = e.host->wanted_size(viewer);
  else
    size = terminal::terminal_size{static_cast<int>(cols.value_or(e.host->size().cols)),
                                   static_cast<int>(rows.value_or(e.host->size().rows))};
  if (!size) return pass(size);
  if (!valid(*size)) return fail(errc::field_invalid, "a terminal of this size is not shared", "--cols");
  e.window->event("fit", {{"cols", size->cols}, {"rows", size->rows}});
  return {};
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
  else if (action == "fit")
    return fit(e, viewer, body.cols, body.rows);
  else if (action == "keep")
    return e.host->refuse_size(viewer);
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
}  // namespace mesh::app
