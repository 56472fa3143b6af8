#include "agent/app/transfer_requests.hpp"

#include "agent/app/peer_choice.hpp"
#include "agent/os/landlock.hpp"
#include "core/base/limits.hpp"
#include "core/io/condition.hpp"
#include "core/net/url.hpp"
#include "core/wire/rest_bodies.hpp"

#include <algorithm>
#include <array>

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
};
BOOST_DESCRIBE_STRUCT(send_body, (), (paths, to, room))

struct send_file_body {
  std::string session_id;
  std::string peer_addr;
  std::string token;
  std::string path;
};
BOOST_DESCRIBE_STRUCT(send_file_body, (), (session_id, peer_addr, token, path))

// count 0: until the asker goes away. accept: "", "own", "all" or "ask". output: a folder, or "-" for the
// standard output of this process.
struct receive_body {
  std::int64_t count = 1;
  std::optional<std::string> accept;
  std::optional<std::string> output;
};
BOOST_DESCRIBE_STRUCT(receive_body, (), (count, accept, output))

struct answer_body {
  std::string transfer_id;
  bool accept = false;
};
BOOST_DESCRIBE_STRUCT(answer_body, (), (transfer_id, accept))

template <class T>
result<T> read(const control::request& r) {
  return wire::from_json<T>(wire::json_value(r.payload), wire::unknown_keys::refuse);
}

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
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
  out.to_stdout = body.output == "-";
  if (!out.to_stdout) out.folder = body.output.value_or("");
  return out;
}

constexpr auto names = std::to_array<std::string_view>(
    {"send", "send_file", "receive", "transfers", "answer", "quic_stats", "session_cache"});

}  // namespace

struct transfer_requests::target {
  wire::device_info device;
};

transfer_requests::transfer_requests(server_link::account& account, server_link::server_link& link,
                                     data_plane& plane, io::task_group& tasks, bool serves_others)
    : account_(account), link_(link), plane_(plane), tasks_(tasks), serves_others_(serves_others) {}

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
  else if (r.type == "transfers")
    list(*to);
  else if (r.type == "quic_stats")
    to->done(plane_.quic_stats());
  else if (r.type == "session_cache")
    to->done(plane_.session_cache());
  else
    return false;
  return true;
}

io::task<result<transfer_requests::target>> transfer_requests::find_target(const std::string& wanted) {
  const auto peers = co_await account_.get<wire::device_list>("/api/devices?scope=peers");
  if (!peers) co_return std::unexpected(peers.error());
  auto device = choose_peer(peers->devices, wanted, account_.self().device_id);
  if (!device) co_return pass(device);
  co_return target{std::move(*device)};
}

// The room by its id or its name; empty stays empty, and the server finds the only common one.
io::task<result<outgoing_session>> transfer_requests::ask_session(const target& peer,
                                                                  const std::string& room) {
  wire::p2p_session_request body;
  body.kind = "file";
  body.target_device_id = peer.device.device_id;
  body.ttl = std::chrono::seconds(limits::capability_life_default).count();
  body.initiator_device_id = device_id(account_.self().device_id);
  if (!room.empty()) {
    const auto rooms = co_await account_.get<wire::room_list>("/api/rooms");
    if (!rooms) co_return std::unexpected(rooms.error());
    const auto found = std::ranges::find_if(
        rooms->rooms, [&](const auto& r) { return r.id.str() == room || r.name == room; });
    if (found == rooms->rooms.end())
      co_return fail(errc::not_found, fmt::format("no room \"{}\"", room), "room");
    body.room_id = found->id;
  }
  auto made = co_await account_.post<wire::p2p_session_answer>("/api/p2p/sessions", body);
  if (!made) co_return pass(made);
  outgoing_session session{made->session_id.str(), secret(std::move(made->session_token)), {}, true};
  const auto endpoints = wire::from_json<wire::endpoints_info>(made->endpoints);
  if (endpoints && endpoints->target) session.addresses.push_back(*endpoints->target);
  co_return session;
}

io::task<> transfer_requests::send(control::request r, reply to) {
  const auto body = read<send_body>(r);
  if (!body) co_return to->fail(body.error());
  if (body->paths.empty()) co_return to->fail({errc::field_missing, "nothing to send", "paths"});
  if (const auto online = co_await link_.wait_online(online_timeout); !online)
    co_return to->fail(online.error());
  const auto peer = co_await find_target(body->to);
  if (!peer) co_return to->fail(peer.error());
  transfer_record first;
  first.direction = transfer_direction::out;
  first.name = base_name(body->paths.front());
  first.device_id = peer->device.device_id.str();
  first.username = peer->device.username;
  to->event("session", event_of(first));
  auto session = co_await ask_session(*peer, body->room.value_or(""));
  if (!session) co_return to->fail(session.error());
  const auto sent = co_await send_all(std::move(*session), body->paths, to);
  if (!sent) co_return to->fail(sent.error());
  to->done({{"files", body->paths.size()}});
}

io::task<result<void>> transfer_requests::send_all(outgoing_session session, std::vector<std::string> paths,
                                                   reply to) {
  const auto id = session.session_id;
  asker_presence asker(*to);
  asker.on_gone([this, id] { plane_.close_session(id); });
  auto outcome = co_await plane_.connect(std::move(session));
  for (const auto& path : paths) {
    if (outcome && asker.gone()) outcome = fail(errc::canceled, "nobody waits for it any more");
    if (!outcome) break;
    outcome = co_await send_one(id, path, to, asker);
  }
  asker.on_gone(nullptr);
  close(id);
  co_return outcome;
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
  const auto sent = co_await send_all(std::move(session), {body->path}, to);
  if (!sent) co_return to->fail(sent.error());
  to->done({{"files", 1}});
}

// Here, and at the server, which tells the other side.
void transfer_requests::close(const std::string& session_id) {
  plane_.close_session(session_id);
  wire::event e;
  e.type = "p2p.session.close";
  e.to = "server";
  e.payload = wire::make_payload(wire::p2p_session_reference{mesh::session_id(session_id)});
  link_.send(std::move(e));
}

io::task<result<void>> transfer_requests::send_one(std::string session_id, std::string path, reply to,
                                                   asker_presence& asker) {
  const auto id = plane_.send(session_id, path);
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
  const auto* record = plane_.book().find(body->transfer_id);
  const auto name = record == nullptr ? std::string() : record->name;
  const auto done = plane_.answer(body->transfer_id, body->accept);
  if (!done) return to.fail(done.error());
  to.done({{"name", name}});
}

void transfer_requests::list(control::reply& to) const {
  wire::json_value out(boost::json::array_kind);
  for (const auto* record : plane_.book().all()) out.as_array().push_back(wire::to_json(*record));
  to.done({{"transfers", std::move(out)}});
}

}  // namespace mesh::app
