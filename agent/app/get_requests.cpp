#include "agent/app/get_requests.hpp"

#include "agent/app/outbox.hpp"
#include "agent/app/session_request.hpp"
#include "agent/os/landlock.hpp"
#include "agent/p2p/close_code.hpp"
#include "agent/share/file_sender.hpp"
#include "core/base/limits.hpp"
#include "core/io/condition.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

constexpr auto online_timeout = 15s;

// Of transfer_table::cancel(): `transfers cancel` on this machine.
constexpr std::string_view canceled_here = "canceled here";

// output: a folder, "-" for the standard output of this process, absent for the configured folder.
struct get_body {
  std::string device;
  std::string path;
  std::optional<std::string> output;
  std::optional<std::string> on_collision;
};
BOOST_DESCRIBE_STRUCT(get_body, (), (device, path, output, on_collision))

receive_override override_of(const get_body& body) {
  receive_override out;
  out.on_collision = share::collision_named(body.on_collision.value_or(""));
  out.to_stdout = body.output == "-";
  if (!out.to_stdout) out.folder = body.output.value_or("");
  return out;
}

// Somebody at the other machine decided so; there, a pause of what is fetched is one too, as nothing here
// could let it go on.
error named_by_side(const error& reason) {
  const bool decided = p2p::close_code::is_end_by_peer(reason) || p2p::close_code::is_pause(reason);
  return decided ? share::peer_error(word(errc::canceled), "canceled there") : reason;
}

// A cut or a machine that is away passes; what was called off, on either side, is not begun anew.
bool goes_on(const error& reason) {
  const bool here = reason.code == errc::canceled && reason.detail == canceled_here;
  return !here && worth_another_try(named_by_side(reason));
}

}  // namespace

struct get_requests::attempt {
  attempt(const io::executor& on, control::reply& to) : asker(to), changed(on) {}
  std::string device_id;
  std::string path;
  receive_override wanted;
  asker_presence asker;
  bool began = false;
  std::optional<result<std::string>> id;
  io::condition changed;
};

bool get_requests::handle(const control::request& r, const std::shared_ptr<control::reply>& to) {
  if (r.type != "get") return false;
  tasks_.spawn("get", get(r, to));
  return true;
}

io::task<> get_requests::get(control::request r, reply to) {
  const auto body = wire::from_json<get_body>(wire::json_value(r.payload), wire::unknown_keys::refuse);
  if (!body) co_return to->fail(body.error());
  if (!body->path.starts_with('/') || body->path.size() > limits::get_path_bytes_max ||
      body->path.contains('\0'))
    co_return to->fail({errc::field_invalid, "an absolute path is expected", "path"});
  const auto now = std::make_shared<attempt>(co_await io::this_coro::executor, *to);
  now->path = body->path;
  now->wanted = override_of(*body);
  if (now->wanted.to_stdout && serves_others_)
    co_return to->fail({errc::field_invalid, "a daemon has no standard output of yours", "output"});
  if (!now->wanted.folder.empty())
    if (const auto may = os::may_write_into(now->wanted.folder); !may) co_return to->fail(may.error());
  if (const auto online = co_await link_.wait_online(online_timeout); !online)
    co_return to->fail(online.error());
  const auto peer = co_await find_peer(account_, body->device);
  if (!peer) co_return to->fail(peer.error());
  // No rule there could allow it: rules give files to machines of one's own only.
  if (!peer->own) {
    auto said = fmt::format("\"{}\" belongs to \"{}\", and get fetches from your own machines only",
                            peer->device_id.str(), peer->username);
    co_return to->fail({errc::usage, std::move(said), "SOURCE"});
  }
  now->device_id = peer->device_id.str();
  for (auto pause = limits::outbox_retry_min;; pause = std::min(pause * 2, limits::outbox_retry_max)) {
    const auto outcome = co_await fetch(now, to);
    if (outcome) {
      to->event("received", wire::to_json(*outcome).as_object());
      co_return to->done({{"files", 1}});
    }
    // Half a file on standard output cannot be taken back.
    const bool again = now->began && !now->wanted.to_stdout && goes_on(outcome.error());
    if (!again || now->asker.gone()) {
      auto reason = now->asker.gone() ? error{errc::canceled, {}, {}} : named_by_side(outcome.error());
      if (reason.code == errc::not_found && reason.detail.empty()) reason.detail = now->path;
      co_return to->fail(reason);
    }
    to->event("again", {{"name", now->path},
                        {"code", word(outcome.error().code)},
                        {"seconds", std::chrono::seconds(pause).count()}});
    now->asker.on_gone([now] { now->changed.notify(); });
    const auto until = steady_now() + pause;
    while (!now->asker.gone() && steady_now() < until)
      (void)co_await now->changed.wait_for(until - steady_now());
    now->asker.on_gone(nullptr);
    if (now->asker.gone()) co_return to->fail({errc::canceled, {}, {}});
  }
}

io::task<result<transfer_record>> get_requests::fetch(std::shared_ptr<attempt> now, reply to) {
  if (now->asker.gone()) co_return fail(errc::canceled);
  auto session = co_await request_session(account_, now->device_id, {}, wire::session_kind::folder,
                                          capability::role::target);
  if (!session) co_return pass(session);
  const auto session_id = session->session_id;
  now->id.reset();
  now->asker.on_gone([this, session_id] { plane_.sessions().close_session(session_id); });
  // Who went while the server was asked stops nothing by that call: it was made before there was a session.
  result<void> connected = fail(errc::canceled);
  if (!now->asker.gone()) connected = co_await plane_.sessions().connect(std::move(*session));
  if (connected && now->asker.gone()) connected = fail(errc::canceled);
  result<transfer_record> outcome = fail(errc::canceled);
  if (!connected) {
    outcome = std::unexpected(connected.error());
  } else if (const auto asked = plane_.get(session_id, now->path, now->wanted,
                                           [now](result<std::string> id) {
                                             now->id = std::move(id);
                                             now->changed.notify();
                                           });
             !asked) {
    outcome = std::unexpected(asked.error());
  } else {
    const int watching =
        plane_.book().listen([now, to](transfer_change change, const transfer_record& record) {
          if (!now->id || !*now->id || record.transfer_id != **now->id) return;
          now->changed.notify();
          if (change == transfer_change::progressed) to->event("progress", wire::to_json(record).as_object());
        });
    while (!now->id) co_await now->changed.wait();
    if (*now->id) {
      now->began = true;
      // A folder's list, or what is here already, is read before anything is written down.
      while (plane_.book().find(**now->id) == nullptr) co_await now->changed.wait();
      outcome = co_await plane_.watch().finished(**now->id);
    } else {
      outcome = std::unexpected(now->id->error());
    }
    plane_.book().unlisten(watching);
  }
  now->asker.on_gone(nullptr);
  close_session(plane_, link_, session_id);
  co_return outcome;
}

}  // namespace mesh::app
