#include "agent/app/transfer_requests.hpp"

#include "agent/app/transfer_control.hpp"
#include "agent/app/transfer_events.hpp"
#include "agent/os/landlock.hpp"
#include "agent/p2p/close_code.hpp"
#include "agent/share/file_sender.hpp"
#include "core/io/condition.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <ranges>
#include <set>
#include <string>
#include <vector>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

constexpr auto online_timeout = 15s;
constexpr auto look_again = 500ms;  // for what is in no list yet

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

// What a person calls it.
wire::json_object name_of(const transfer_record& record) {
  wire::json_object out{{"name", record.name}};
  if (record.text) out["text"] = true;
  return out;
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

// Why standard output holds half a file, and cannot go on; field "output" says that something was written.
// Who paused it or called it off there is not the one who reads this.
error spoiled_by(const transfer_record& record) {
  error why{code_of(record.code.value_or("denied")), record.message.value_or(""),
            record.done > 0 ? "output" : ""};
  const bool there = p2p::close_code::is_pause(why) || p2p::close_code::is_end_by_peer(why) ||
                     share::said_by_peer(why) || record.state == transfer_state::paused;
  if (why.code == errc::canceled && there) why.code = errc::denied;
  return why;
}

// Or nobody reads it.
bool spoils_output(const transfer_record& record) {
  return record.state != transfer_state::done && (record.done > 0 || record.code == word(errc::write_failed));
}

constexpr auto names = std::to_array<std::string_view>({"receive", "transfers", "watch_transfers",
                                                        "transfer_control", "transfer_text", "answer",
                                                        "quic_stats", "session_cache", "renew_certificates"});

}  // namespace

bool transfer_requests::knows(std::string_view type) {
  return sending_requests::knows(type) || std::ranges::find(names, type) != names.end();
}

bool transfer_requests::handle(const control::request& r, const reply& to) {
  if (sending_.handle(r, to)) return true;
  if (r.type == "receive")
    with_.tasks.spawn("receive", receive(r, to));
  else if (r.type == "answer")
    answer(r, *to);
  else if (r.type == "transfer_control")
    with_.tasks.spawn("transfer control", control(r, to));
  else if (r.type == "transfer_text")
    text(r, *to);
  else if (r.type == "transfers")
    list(*to);
  else if (r.type == "watch_transfers")
    watch(to);
  else if (r.type == "quic_stats")
    to->done(with_.plane.quic_stats());
  else if (r.type == "session_cache")
    to->done(with_.plane.session_cache());
  else if (r.type == "renew_certificates")
    renew_certificates(*to);
  else
    return false;
  return true;
}

io::task<> transfer_requests::control(control::request r, reply to) {
  const auto body = read_body<control_body>(r);
  if (!body) co_return to->fail(body.error());
  const auto record = record_named(with_.plane.book().all(), body->transfer_id);
  if (!record) co_return to->fail(record.error());
  const auto id = (*record)->transfer_id;
  auto answer = name_of(**record);
  answer["transfer_id"] = id;
  answer["direction"] = wire::word_of((*record)->direction);
  answer["device_id"] = (*record)->device_id;
  answer["was"] = wire::word_of((*record)->state);
  // Only the other side's last word was missing.
  const bool complete = (*record)->state == transfer_state::running && (*record)->done == (*record)->size;
  if (complete && (*record)->direction == transfer_direction::out) answer["complete"] = true;
  const auto limited = [&] {
    return with_.outbox.find(id) != nullptr ? with_.outbox.limit(id, body->rate)
                                            : with_.plane.limit(id, body->rate);
  };
  const auto done =
      body->action == "limit" ? limited() : control_transfer(with_.plane, with_.outbox, id, body->action);
  if (!done) co_return to->fail(done.error());
  if (body->action == "cancel") co_await with_.outbox.settled(id);
  // What was read from standard input went with its job.
  std::error_code gone;
  if (const auto* job = body->action == "cancel" ? with_.outbox.find(id) : nullptr)
    answer["again"] = std::filesystem::exists(job->path, gone);
  if (const auto* job = with_.outbox.find(id); job != nullptr && job->untold) answer["untold"] = true;
  to->done(std::move(answer));
}

io::task<> transfer_requests::receive(control::request r, reply to) {
  const auto body = read_body<receive_body>(r);
  if (!body) co_return to->fail(body.error());
  const bool to_stdout = body->output == "-";
  if (to_stdout && with_.serves_others)
    co_return to->fail({errc::field_invalid, "a daemon has no standard output of yours", "output"});
  const auto wanted = override_of(*body);
  if (!wanted.folder.empty())
    if (const auto may = os::may_write_into(wanted.folder); !may) co_return to->fail(may.error());
  // What several steps of this request share; the listener outlives this function by a moment.
  struct progress_of_request {
    explicit progress_of_request(const io::executor& on) : changed(on) {}
    std::int64_t received = 0;
    bool gone = false;
    std::set<std::string> of_others;  // ids of what another `receive` took
    std::optional<error> spoiled;     // half a file on standard output cannot be taken back
    io::condition changed;
  };
  const auto shared = std::make_shared<progress_of_request>(co_await io::this_coro::executor);
  const bool beside_others = with_.plane.receiving() != 0;
  const auto number = with_.plane.begin_receiving(wanted);
  for (const auto* record : with_.plane.book().all()) {
    const bool comes = record->direction == transfer_direction::in && !has_ended(*record);
    const bool shown = beside_others && record->state == transfer_state::running;
    if (comes && (shown || with_.plane.taker_of(record->transfer_id) != number))
      shared->of_others.insert(record->transfer_id);
  }
  std::vector<std::string> waiting;
  for (const auto* record : with_.plane.book().all())
    if (record->direction == transfer_direction::in && record->state == transfer_state::waiting &&
        !wanted.refuse_questions)
      waiting.push_back(record->transfer_id);
  const int watching = with_.plane.book().listen(
      [this, number, shared, to, to_stdout](transfer_change change, const transfer_record& record) {
        if (record.direction != transfer_direction::in) return;
        const auto& id = record.transfer_id;
        if (change == transfer_change::started && with_.plane.taker_of(id) != number)
          shared->of_others.insert(id);
        else if (change == transfer_change::started)
          shared->of_others.erase(id);
        if (shared->of_others.contains(id) && change != transfer_change::offered) return;
        if (change == transfer_change::offered) to->event("offer", event_of(record));
        if (change == transfer_change::progressed) to->event("progress", event_of(record));
        if (change != transfer_change::ended && change != transfer_change::queued) return;
        to->event(event_name(change, record), event_of(record));
        if (record.state == transfer_state::done) ++shared->received;
        if (to_stdout && spoils_output(record)) shared->spoiled = spoiled_by(record);
        shared->changed.notify();
      });
  to->on_gone([shared] {
    shared->gone = true;
    shared->changed.notify();
  });
  result<void> online;
  do online = co_await with_.link.wait_online(online_timeout);
  while (!online && online.error().code == errc::server_unreachable && !shared->gone);
  if (online) {
    to->event("ready", {{"device_id", with_.account.self().device_id}});
    for (const auto& id : waiting)
      if (const auto* record = with_.plane.book().find(id);
          record != nullptr && record->state == transfer_state::waiting)
        to->event("offer", event_of(*record));
    while (!shared->gone && !shared->spoiled && (body->count == 0 || shared->received < body->count))
      co_await shared->changed.wait();
    // Several come at once: whoever asked may have to bring them to where they belong.
    with_.plane.begin_no_more(number);
    while (!shared->gone && !shared->spoiled && with_.plane.takes_still(number))
      (void)co_await shared->changed.wait_for(look_again);
  }
  with_.plane.book().unlisten(watching);
  with_.plane.end_receiving(number);
  if (!online) co_return to->fail(online.error());
  if (shared->spoiled) co_return to->fail(*shared->spoiled);
  to->done({{"files", shared->received}});
}

void transfer_requests::answer(const control::request& r, control::reply& to) {
  const auto body = read_body<answer_body>(r);
  if (!body) return to.fail(body.error());
  const auto record = record_named(with_.plane.book().all(), body->transfer_id);
  if (!record) return to.fail(record.error());
  if ((*record)->direction != transfer_direction::in || (*record)->state != transfer_state::waiting)
    return to.fail({errc::conflict, "this transfer does not wait for an answer", "transfer_id"});
  const auto named = name_of(**record);
  const auto done = with_.plane.answer((*record)->transfer_id, body->accept);
  if (!done) return to.fail(done.error());
  to.done(named);
}

void transfer_requests::text(const control::request& r, control::reply& to) const {
  const auto body = read_body<text_body>(r);
  if (!body) return to.fail(body.error());
  const auto record = record_named(with_.plane.book().all(), body->transfer_id);
  if (!record) return to.fail(record.error());
  const auto text = with_.plane.book().text_of((*record)->transfer_id);
  if (!text) return to.fail(text.error());
  to.done({{"text", *text}});
}

void transfer_requests::renew_certificates(control::reply& to) {
  if (const auto renewed = with_.plane.sessions().renew_certificates(); !renewed)
    return to.fail(renewed.error());
  to.done({});
}

void transfer_requests::list(control::reply& to) const {
  const auto queued = [](const transfer_record* r) {
    return r->state == transfer_state::queued && r->direction == transfer_direction::out;
  };
  auto jobs = with_.outbox.all();
  auto next = jobs.begin();
  wire::json_value out(boost::json::array_kind);
  // By age, but for those that are queued: they stand in the order in which they will go.
  std::multimap<std::string_view, const transfer_record*> by_age;
  for (const auto* record : with_.plane.book().all()) by_age.emplace(record->started_at, record);
  for (const auto* record : by_age | std::views::values) {
    while (queued(record) && next != jobs.end()) {
      const auto* turn = with_.plane.book().find((*next++)->id);
      if (turn == nullptr || !queued(turn)) continue;
      record = turn;
      break;
    }
    out.as_array().push_back(event_of(*record));
  }
  to.done({{"transfers", std::move(out)}});
}

void transfer_requests::watch(const reply& to) {
  const auto tell = [to](transfer_change change, const transfer_record& record) {
    if (const auto name = event_name(change, record); !name.empty()) to->event(name, event_of(record));
  };
  to->event("watching", {{"device_id", with_.account.self().device_id}});
  for (const auto* record : with_.plane.book().all())
    if (record->state != transfer_state::done && record->state != transfer_state::failed)
      tell(last_change(*record), *record);
  const int watching = with_.plane.book().listen(tell);
  to->on_gone([this, watching] { with_.plane.book().unlisten(watching); });
}

}  // namespace mesh::app
