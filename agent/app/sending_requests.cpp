#include "agent/app/sending_requests.hpp"

#include "agent/app/peer_choice.hpp"
#include "agent/app/session_request.hpp"
#include "agent/app/transfer_events.hpp"
#include "core/io/condition.hpp"
#include "core/net/url.hpp"

#include <map>
#include <set>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

constexpr auto online_timeout = 15s;

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

error reason_of(const transfer_record& record) {
  return {code_of(record.code.value_or("internal")), record.message.value_or(""), {}};
}

}  // namespace

// What one `send` waits for. A file is settled when it arrived, failed, or has to wait before its first byte.
struct sending_requests::following {
  explicit following(const io::executor& on) : changed(on) {}
  std::set<std::string> unsettled;
  bool several = false;  // then each one that fails is told by itself
  std::optional<error> failed;
  io::condition changed;

  void settle(const std::string& id, std::optional<error> why) {
    if (why && !failed) failed = std::move(why);
    unsettled.erase(id);
    changed.notify();
  }
};

bool sending_requests::knows(std::string_view type) {
  return type == "send" || type == "send_file";
}

bool sending_requests::handle(const control::request& r, const reply& to) {
  if (r.type == "send")
    with_.tasks.spawn("send", send(r, to));
  else if (r.type == "send_file")
    with_.tasks.spawn("send-file", send_file(r, to));
  else
    return false;
  return true;
}

io::task<> sending_requests::send(control::request r, reply to) {
  const auto body = read_body<send_body>(r);
  if (!body) co_return to->fail(body.error());
  if (body->paths.empty()) co_return to->fail({errc::field_missing, "nothing to send", "paths"});
  asker_presence asker(*to);
  asker.on_gone([to] { to->fail({errc::canceled, "nobody waits for it any more", {}}); });
  if (const auto online = co_await with_.link.wait_online(online_timeout); !online)
    co_return to->fail(online.error());
  const auto peer = co_await find_peer(with_.account, body->to);
  if (!peer) co_return to->fail(peer.error());
  // What is queued goes without its asker; what he left before is not wanted.
  if (asker.gone()) co_return;
  asker.on_gone(nullptr);
  const auto now = std::make_shared<following>(co_await io::this_coro::executor);
  std::map<std::string, std::string> waited;  // id -> state, of what was asked for before
  for (const auto& path : body->paths) {
    for (const auto* job : with_.outbox.all()) waited.insert_or_assign(job->id, wire::word_of(job->state));
    const auto id = with_.outbox.add(
        {path, body->room.value_or(""), body->limit, body->no_ignore.value_or(false),
         body->text.value_or(false), body->zip.value_or(false), body->xattrs.value_or(false)},
        *peer);
    if (!id) co_return to->fail(id.error());
    now->unsettled.insert(*id);
    const auto* record = with_.plane.book().find(*id);
    if (record == nullptr) continue;
    auto event = event_of(*record);
    if (const auto before = waited.find(*id); before != waited.end()) event["already"] = before->second;
    to->event("session", std::move(event));
  }
  const auto ids = now->unsettled;
  now->several = ids.size() > 1;
  const int watching =
      with_.plane.book().listen([this, now, to](transfer_change change, const transfer_record& record) {
        if (now->unsettled.contains(record.transfer_id)) follow(now, to, change, record);
      });
  if (!with_.serves_others)
    asker.on_gone([this, ids] {
      for (const auto& id : ids) (void)with_.outbox.control(id, "cancel");
    });
  while (!now->unsettled.empty()) co_await now->changed.wait();
  with_.plane.book().unlisten(watching);
  // What cannot begin now has nobody here who would try it later.
  if (!with_.serves_others)
    for (const auto& id : ids) (void)with_.outbox.control(id, "cancel");
  if (now->failed) co_return to->fail(*now->failed);
  to->done({{"files", body->paths.size()}});
}

io::task<result<void>> sending_requests::send_all(outgoing_session session, std::string path,
                                                  std::optional<std::uint64_t> rate, reply to) {
  const auto id = session.session_id;
  asker_presence asker(*to);
  asker.on_gone([this, id] { with_.plane.sessions().close_session(id); });
  auto outcome = co_await with_.plane.sessions().connect(std::move(session));
  if (outcome && asker.gone()) outcome = fail(errc::canceled, "nobody waits for it any more");
  if (outcome) outcome = co_await send_one(id, std::move(path), rate, to, asker);
  asker.on_gone(nullptr);
  close_session(with_.plane, with_.link, id);
  co_return outcome;
}

void sending_requests::follow(const std::shared_ptr<following>& now, const reply& to, transfer_change change,
                              const transfer_record& record) {
  if (change == transfer_change::started || change == transfer_change::progressed)
    return to->event("progress", event_of(record));
  if (change == transfer_change::offered)
    return with_.tasks.spawn("waiting", tell_waiting(record.transfer_id, to));
  if (change == transfer_change::queued && record.state == transfer_state::paused)
    return to->event("paused", event_of(record));
  if (change == transfer_change::queued && record.state == transfer_state::queued && record.code) {
    if (with_.serves_others) to->event("queued", event_of(record));
    const auto* job = with_.outbox.find(record.transfer_id);
    if (job == nullptr || !job->begun) now->settle(record.transfer_id, reason_of(record));
    return;
  }
  if (change != transfer_change::ended) return;
  if (record.state != transfer_state::done) return with_.tasks.spawn("failed", tell_failed(now, to, record));
  to->event("sent", event_of(record));
  now->settle(record.transfer_id, {});
}

// Once it is clear whether the other side knows.
io::task<> sending_requests::tell_failed(std::shared_ptr<following> now, reply to, transfer_record record) {
  co_await with_.outbox.settled(record.transfer_id);
  if (const auto* job = with_.outbox.find(record.transfer_id); job != nullptr && job->untold)
    to->event("untold", event_of(record));
  if (now->several) to->event("failed", event_of(record));
  now->settle(record.transfer_id, reason_of(record));
}

io::task<> sending_requests::tell_waiting(std::string id, reply to) {
  if (co_await with_.plane.watch().started_within(id, outbox_runner::answer_patience)) co_return;
  if (const auto* asked = with_.plane.book().find(id)) to->event("waiting", event_of(*asked));
}

io::task<> sending_requests::send_file(control::request r, reply to) {
  auto body = read_body<send_file_body>(r);
  if (!body) co_return to->fail(body.error());
  const auto address = net::parse_host_port(body->peer_addr);
  if (!address) co_return to->fail({errc::address_invalid, body->peer_addr, "--peer-addr"});
  // The token's signature is checked with the server's keys. They are known from the sign-in, but for a
  // pasted auth_token that was never used.
  if (with_.account.pinned_keys().empty())
    if (const auto online = co_await with_.link.wait_online(online_timeout); !online)
      co_return to->fail(online.error());
  outgoing_session session{
      body->session_id, secret(std::move(body->token)), {{address->host, address->port}}, false};
  const auto sent = co_await send_all(std::move(session), body->path, body->limit, to);
  if (!sent) co_return to->fail(sent.error());
  to->done({{"files", 1}});
}

io::task<result<void>> sending_requests::send_one(std::string session_id, std::string path,
                                                  std::optional<std::uint64_t> rate, reply to,
                                                  asker_presence& asker) {
  const auto id = with_.plane.send(session_id, path, rate);
  if (!id) co_return std::unexpected(id.error());
  const int watching =
      with_.plane.book().listen([id = *id, to](transfer_change change, const transfer_record& record) {
        if (record.transfer_id != id) return;
        if (change == transfer_change::progressed || change == transfer_change::started)
          to->event("progress", event_of(record));
      });
  asker.on_gone([this, id = *id] { (void)with_.plane.cancel(id); });
  if (!co_await with_.plane.watch().started_within(*id, outbox_runner::answer_patience))
    if (const auto* asked = with_.plane.book().find(*id)) to->event("waiting", event_of(*asked));
  const auto record = co_await with_.plane.watch().finished(*id);
  with_.plane.book().unlisten(watching);
  if (!record) co_return std::unexpected(record.error());
  to->event("sent", event_of(*record));
  co_return result<void>();
}

}  // namespace mesh::app
