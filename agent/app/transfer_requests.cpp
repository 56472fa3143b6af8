#include "agent/app/transfer_requests.hpp"

#include "agent/app/peer_choice.hpp"
#include "agent/app/session_request.hpp"
#include "agent/app/transfer_control.hpp"
#include "agent/os/landlock.hpp"
#include "core/base/limits.hpp"
#include "core/io/condition.hpp"
#include "core/net/url.hpp"
#include "core/wire/rest_bodies.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

constexpr auto online_timeout = 15s;
// Longer than any machine needs to agree by itself.
constexpr auto answer_patience = 1s;

struct send_body {
  std::vector<std::string> paths;
  std::string to;
  std::optional<std::string> room;
  std::optional<std::uint64_t> limit;
  std::optional<bool> no_ignore;
  std::optional<bool> text;
  std::optional<bool> zip;
  std::optional<bool> xattrs;
};
BOOST_DESCRIBE_STRUCT(send_body, (), (paths, to, room, limit, no_ignore, text, zip, xattrs))

struct send_file_body {
  std::string session_id;
  std::string peer_addr;
  std::string token;
  std::string path;
  std::optional<std::uint64_t> limit;
};
BOOST_DESCRIBE_STRUCT(send_file_body, (), (session_id, peer_addr, token, path, limit))

// count 0: until the asker goes away. accept: "", "own", "all" or "ask". output: a folder, or "-" for the
// standard output of this process. on_collision: rename, overwrite or skip.
struct receive_body {
  std::int64_t count = 1;
  std::optional<std::string> accept;
  std::optional<std::string> output;
  std::optional<std::string> on_collision;
};
BOOST_DESCRIBE_STRUCT(receive_body, (), (count, accept, output, on_collision))

struct text_body {
  std::string transfer_id;
};
BOOST_DESCRIBE_STRUCT(text_body, (), (transfer_id))

struct answer_body {
  std::string transfer_id;
  bool accept = false;
};
BOOST_DESCRIBE_STRUCT(answer_body, (), (transfer_id, accept))

// action: pause, resume, cancel, retry, first, or limit with a rate in bytes per second (absent: none).
struct control_body {
  std::string transfer_id;
  std::string action;
  std::optional<std::uint64_t> rate;
};
BOOST_DESCRIBE_STRUCT(control_body, (), (transfer_id, action, rate))

template <class T>
result<T> read(const control::request& r) {
  return wire::from_json<T>(wire::json_value(r.payload), wire::unknown_keys::refuse);
}

wire::json_object event_of(const transfer_record& r) {
  return wire::to_json(r).as_object();
}

receive_override override_of(const receive_body& body) {
  receive_override out;
  const auto accept = body.accept.value_or("");
  if (accept == "all") out.mode = config::receive_mode::auto_;
  if (accept == "own" || accept == "ask") out.mode = config::receive_mode::ask;
  out.refuse_questions = accept == "own";
  out.on_collision = share::collision_named(body.on_collision.value_or(""));
  out.to_stdout = body.output == "-";
  if (!out.to_stdout) out.folder = body.output.value_or("");
  return out;
}

// Of what somebody watches; empty for what tells him nothing.
std::string_view event_name(transfer_change change, const transfer_record& record) {
  const bool incoming = record.direction == transfer_direction::in;
  switch (change) {
    case transfer_change::queued:
      if (record.state == transfer_state::paused) return "paused";
      return record.state == transfer_state::queued && record.code ? "queued" : "";
    case transfer_change::offered:
      if (record.state != transfer_state::waiting) return "";
      return incoming ? "offer" : "waiting";
    case transfer_change::started:
    case transfer_change::progressed:
      return "progress";
    case transfer_change::ended:
      if (record.state != transfer_state::done) return "failed";
      return incoming ? "received" : "sent";
  }
  return "";
}

// How a transfer that is not over would have been told last.
transfer_change last_change(const transfer_record& record) {
  if (record.state == transfer_state::running) return transfer_change::progressed;
  return record.state == transfer_state::waiting ? transfer_change::offered : transfer_change::queued;
}

constexpr auto names = std::to_array<std::string_view>(
    {"send", "send_file", "receive", "transfers", "watch_transfers", "transfer_control", "transfer_text",
     "answer", "quic_stats", "session_cache", "renew_certificates"});

}  // namespace

// What one `send` waits for. A file is settled when it arrived, failed, or has to wait before its first byte.
struct transfer_requests::following {
  explicit following(const io::executor& on) : changed(on) {}
  std::set<std::string> unsettled;
  bool several = false;  // then each one that fails is told by itself
  std::optional<error> failed;
  io::condition changed;
};

transfer_requests::transfer_requests(server_link::account& account, server_link::server_link& link,
                                     data_plane& plane, outbox_runner& outbox, io::task_group& tasks,
                                     bool serves_others)
    : account_(account),
      link_(link),
      plane_(plane),
      outbox_(outbox),
      tasks_(tasks),
      serves_others_(serves_others) {}

bool transfer_requests::knows(std::string_view type) {
  return std::ranges::find(names, type) != names.end();
}

bool transfer_requests::handle(const control::request& r, const reply& to) {
  if (r.type == "send")
    tasks_.spawn("send", send(r, to));
  else if (r.type == "send_file")
    tasks_.spawn("send-file", send_file(r, to));
  else if (r.type == "receive")
    tasks_.spawn("receive", receive(r, to));
  else if (r.type == "answer")
    answer(r, *to);
  else if (r.type == "transfer_control")
    control(r, *to);
  else if (r.type == "transfer_text")
    text(r, *to);
  else if (r.type == "transfers")
    list(*to);
  else if (r.type == "watch_transfers")
    watch(to);
  else if (r.type == "quic_stats")
    to->done(plane_.quic_stats());
  else if (r.type == "session_cache")
    to->done(plane_.session_cache());
  else if (r.type == "renew_certificates")
    renew_certificates(*to);
  else
    return false;
  return true;
}

io::task<> transfer_requests::send(control::request r, reply to) {
  const auto body = read<send_body>(r);
  if (!body) co_return to->fail(body.error());
  if (body->paths.empty()) co_return to->fail({errc::field_missing, "nothing to send", "paths"});
  if (const auto online = co_await link_.wait_online(online_timeout); !online)
    co_return to->fail(online.error());
  const auto peer = co_await find_peer(account_, body->to);
  if (!peer) co_return to->fail(peer.error());
  const auto now = std::make_shared<following>(co_await io::this_coro::executor);
  for (const auto& path : body->paths) {
    const auto id =
        outbox_.add({path, body->room.value_or(""), body->limit, body->no_ignore.value_or(false),
                     body->text.value_or(false), body->zip.value_or(false), body->xattrs.value_or(false)},
                    *peer);
    if (!id) co_return to->fail(id.error());
    now->unsettled.insert(*id);
    if (const auto* record = plane_.book().find(*id)) to->event("session", event_of(*record));
  }
  const auto ids = now->unsettled;
  now->several = ids.size() > 1;
  const int watching =
      plane_.book().listen([this, now, to](transfer_change change, const transfer_record& record) {
        if (now->unsettled.contains(record.transfer_id)) follow(*now, to, change, record);
      });
  if (!serves_others_)
    to->on_gone([this, ids] {
      for (const auto& id : ids) (void)outbox_.control(id, "cancel");
    });
  while (!now->unsettled.empty()) co_await now->changed.wait();
  plane_.book().unlisten(watching);
  // What cannot begin now has nobody here who would try it later.
  if (!serves_others_)
    for (const auto& id : ids) (void)outbox_.control(id, "cancel");
  if (now->failed) co_return to->fail(*now->failed);
  to->done({{"files", body->paths.size()}});
}

io::task<result<void>> transfer_requests::send_all(outgoing_session session, std::string path,
                                                   std::optional<std::uint64_t> rate, reply to) {
  const auto id = session.session_id;
  asker_presence asker(*to);
  asker.on_gone([this, id] { plane_.close_session(id); });
  auto outcome = co_await plane_.connect(std::move(session));
  if (outcome && asker.gone()) outcome = fail(errc::canceled, "nobody waits for it any more");
  if (outcome) outcome = co_await send_one(id, std::move(path), rate, to, asker);
  asker.on_gone(nullptr);
  close_session(plane_, link_, id);
  co_return outcome;
}

void transfer_requests::follow(following& now, const reply& to, transfer_change change,
                               const transfer_record& record) {
  const auto settle = [&](std::optional<error> failed) {
    if (failed && !now.failed) now.failed = std::move(failed);
    now.unsettled.erase(record.transfer_id);
    now.changed.notify();
  };
  const auto reason = [&record] {
    return error{code_of(record.code.value_or("internal")), record.message.value_or(""), {}};
  };
  if (change == transfer_change::started || change == transfer_change::progressed)
    return to->event("progress", event_of(record));
  if (change == transfer_change::offered)
    return tasks_.spawn("waiting", tell_waiting(record.transfer_id, to));
  if (change == transfer_change::queued && record.state == transfer_state::paused)
    return to->event("paused", event_of(record));
  if (change == transfer_change::queued && record.state == transfer_state::queued && record.code) {
    if (serves_others_) to->event("queued", event_of(record));
    const auto* job = outbox_.find(record.transfer_id);
    if (job == nullptr || !job->begun) settle(reason());
    return;
  }
  if (change != transfer_change::ended) return;
  if (record.state != transfer_state::done) {
    if (now.several) to->event("failed", event_of(record));
    return settle(reason());
  }
  to->event("sent", event_of(record));
  settle({});
}

io::task<> transfer_requests::tell_waiting(std::string id, reply to) {
  if (co_await plane_.started_within(id, answer_patience)) co_return;
  if (const auto* asked = plane_.book().find(id)) to->event("waiting", event_of(*asked));
}

void transfer_requests::control(const control::request& r, control::reply& to) {
  const auto body = read<control_body>(r);
  if (!body) return to.fail(body.error());
  const auto record = record_named(plane_.book().all(), body->transfer_id);
  if (!record) return to.fail(record.error());
  const auto id = (*record)->transfer_id;
  const auto name = (*record)->name;
  const auto limited = [&] {
    return outbox_.find(id) != nullptr ? outbox_.limit(id, body->rate) : plane_.limit(id, body->rate);
  };
  const auto done = body->action == "limit" ? limited() : control_transfer(plane_, outbox_, id, body->action);
  if (!done) return to.fail(done.error());
  to.done({{"name", name}});
}

io::task<> transfer_requests::send_file(control::request r, reply to) {
  auto body = read<send_file_body>(r);
  if (!body) co_return to->fail(body.error());
  const auto address = net::parse_host_port(body->peer_addr);
  if (!address) co_return to->fail({errc::address_invalid, body->peer_addr, "--peer-addr"});
  // The token's signature is checked with the server's keys. They are known from the sign-in, but for a
  // pasted auth_token that was never used.
  if (account_.pinned_keys().empty())
    if (const auto online = co_await link_.wait_online(online_timeout); !online)
      co_return to->fail(online.error());
  outgoing_session session{
      body->session_id, secret(std::move(body->token)), {{address->host, address->port}}, false};
  const auto sent = co_await send_all(std::move(session), body->path, body->limit, to);
  if (!sent) co_return to->fail(sent.error());
  to->done({{"files", 1}});
}

io::task<result<void>> transfer_requests::send_one(std::string session_id, std::string path,
                                                   std::optional<std::uint64_t> rate, reply to,
                                                   asker_presence& asker) {
  const auto id = plane_.send(session_id, path, rate);
  if (!id) co_return std::unexpected(id.error());
  const int watching =
      plane_.book().listen([id = *id, to](transfer_change change, const transfer_record& record) {
        if (record.transfer_id != id) return;
        if (change == transfer_change::progressed || change == transfer_change::started)
          to->event("progress", event_of(record));
      });
  asker.on_gone([this, id = *id] { plane_.cancel(id); });
  if (!co_await plane_.started_within(*id, answer_patience))
    if (const auto* asked = plane_.book().find(*id)) to->event("waiting", event_of(*asked));
  const auto record = co_await plane_.finished(*id);
  plane_.book().unlisten(watching);
  if (!record) co_return std::unexpected(record.error());
  to->event("sent", event_of(*record));
  co_return result<void>();
}

io::task<> transfer_requests::receive(control::request r, reply to) {
  const auto body = read<receive_body>(r);
  if (!body) co_return to->fail(body.error());
  const bool to_stdout = body->output == "-";
  if (to_stdout && serves_others_)
    co_return to->fail({errc::field_invalid, "a daemon has no standard output of yours", "output"});
  const auto wanted = override_of(*body);
  if (!wanted.folder.empty())
    if (const auto may = os::may_write_into(wanted.folder); !may) co_return to->fail(may.error());
  // What several steps of this request share; the listener outlives this function by a moment.
  struct progress_of_request {
    explicit progress_of_request(const io::executor& on) : changed(on) {}
    std::int64_t received = 0;
    bool gone = false;
    std::optional<error> spoiled;  // half a file on standard output cannot be taken back
    io::condition changed;
  };
  const auto shared = std::make_shared<progress_of_request>(co_await io::this_coro::executor);
  plane_.set_receiving(wanted);
  const int watching =
      plane_.book().listen([shared, to, to_stdout](transfer_change change, const transfer_record& record) {
        if (record.direction != transfer_direction::in) return;
        if (change == transfer_change::offered) to->event("offer", event_of(record));
        if (change == transfer_change::progressed) to->event("progress", event_of(record));
        if (change != transfer_change::ended) return;
        to->event(record.state == transfer_state::done ? "received" : "failed", event_of(record));
        if (record.state == transfer_state::done) ++shared->received;
        if (record.state == transfer_state::failed && to_stdout && record.done > 0)
          shared->spoiled = error{code_of(record.code.value_or("internal")), record.message.value_or(""), {}};
        shared->changed.notify();
      });
  to->on_gone([shared] {
    shared->gone = true;
    shared->changed.notify();
  });
  result<void> online;
  do online = co_await link_.wait_online(online_timeout);
  while (!online && online.error().code == errc::server_unreachable && !shared->gone);
  if (online) {
    to->event("ready", {{"device_id", account_.self().device_id}});
    while (!shared->gone && !shared->spoiled && (body->count == 0 || shared->received < body->count))
      co_await shared->changed.wait();
  }
  plane_.book().unlisten(watching);
  plane_.set_receiving(std::nullopt);
  if (!online) co_return to->fail(online.error());
  if (shared->spoiled) co_return to->fail(*shared->spoiled);
  to->done({{"files", shared->received}});
}

void transfer_requests::answer(const control::request& r, control::reply& to) {
  const auto body = read<answer_body>(r);
  if (!body) return to.fail(body.error());
  const auto record = record_named(plane_.book().all(), body->transfer_id);
  if (!record) return to.fail(record.error());
  const auto name = (*record)->name;
  const auto done = plane_.answer((*record)->transfer_id, body->accept);
  if (!done) return to.fail(done.error());
  to.done({{"name", name}});
}

void transfer_requests::text(const control::request& r, control::reply& to) const {
  const auto body = read<text_body>(r);
  if (!body) return to.fail(body.error());
  const auto record = record_named(plane_.book().all(), body->transfer_id);
  if (!record) return to.fail(record.error());
  const auto text = plane_.book().text_of((*record)->transfer_id);
  if (!text) return to.fail(text.error());
  to.done({{"text", *text}});
}

void transfer_requests::renew_certificates(control::reply& to) {
  if (const auto renewed = plane_.renew_certificates(); !renewed) return to.fail(renewed.error());
  to.done({});
}

void transfer_requests::list(control::reply& to) const {
  const auto queued = [](const transfer_record* r) { return r->state == transfer_state::queued; };
  auto jobs = outbox_.all();
  auto next = jobs.begin();
  wire::json_value out(boost::json::array_kind);
  // By age, but for those that are queued: they stand in the order in which they will go.
  for (const auto* record : plane_.book().all()) {
    while (queued(record) && next != jobs.end()) {
      const auto* turn = plane_.book().find((*next++)->id);
      if (turn == nullptr || !queued(turn)) continue;
      record = turn;
      break;
    }
    out.as_array().push_back(wire::to_json(*record));
  }
  to.done({{"transfers", std::move(out)}});
}

void transfer_requests::watch(const reply& to) {
  const auto tell = [to](transfer_change change, const transfer_record& record) {
    if (const auto name = event_name(change, record); !name.empty()) to->event(name, event_of(record));
  };
  to->event("watching", {{"device_id", account_.self().device_id}});
  for (const auto* record : plane_.book().all())
    if (record->state != transfer_state::done && record->state != transfer_state::failed)
      tell(last_change(*record), *record);
  const int watching = plane_.book().listen(tell);
  to->on_gone([this, watching] { plane_.book().unlisten(watching); });
}

}  // namespace mesh::app
