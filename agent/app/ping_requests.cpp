#include "agent/app/ping_requests.hpp"

#include "agent/app/asker_presence.hpp"
#include "agent/app/session_request.hpp"
#include "agent/p2p/ping.hpp"
#include "core/io/condition.hpp"

#include <algorithm>

namespace mesh::app {
namespace {

using namespace std::chrono_literals;

constexpr auto online_timeout = 15s;
constexpr auto answer_timeout = 10s;
constexpr std::int64_t count_max = 1'000'000;
constexpr std::int64_t interval_milliseconds_max = 3'600'000;

struct ping_body {
  std::string to;
  std::optional<std::string> room;
  std::int64_t count = 5;
  std::int64_t interval_ms = 1000;
};
BOOST_DESCRIBE_STRUCT(ping_body, (), (to, room, count, interval_ms))

double milliseconds(std::chrono::nanoseconds d) {
  return std::chrono::duration<double, std::milli>(d).count();
}

// The value below which that share of the sorted, not empty values lies.
double quantile(const std::vector<double>& sorted, double share) {
  const auto last = static_cast<double>(sorted.size() - 1);
  return sorted[static_cast<std::size_t>(last * share + 0.5)];
}

wire::json_object summary(std::vector<double> all) {
  std::ranges::sort(all);
  return {{"count", all.size()},
          {"min_ms", all.front()},
          {"median_ms", quantile(all, 0.5)},
          {"p95_ms", quantile(all, 0.95)},
          {"max_ms", all.back()}};
}

}  // namespace

bool ping_requests::handle(const control::request& r, const std::shared_ptr<control::reply>& to) {
  if (r.type != "ping") return false;
  tasks_.spawn("ping", ping(r, to));
  return true;
}

io::task<> ping_requests::ping(control::request r, reply to) {
  const auto body = wire::from_json<ping_body>(wire::json_value(r.payload), wire::unknown_keys::refuse);
  if (!body) co_return to->fail(body.error());
  if (body->count < 1 || body->count > count_max || body->interval_ms < 1 ||
      body->interval_ms > interval_milliseconds_max)
    co_return to->fail({errc::field_invalid, "count or interval_ms is out of range", "count"});
  if (const auto online = co_await link_.wait_online(online_timeout); !online)
    co_return to->fail(online.error());
  const auto peer = co_await find_peer(account_, body->to);
  if (!peer) co_return to->fail(peer.error());
  auto session = co_await request_session(account_, peer->device_id.str(), body->room.value_or(""),
                                          wire::session_kind::file);
  if (!session) co_return to->fail(session.error());
  const auto id = session->session_id;
  asker_presence asker(*to);
  asker.on_gone([this, id] { plane_.sessions().close_session(id); });
  result<std::vector<double>> measured;
  if (const auto connected = co_await plane_.sessions().connect(std::move(*session)); !connected) {
    measured = std::unexpected(connected.error());
  } else {
    to->event("connected",
              {{"device_id", peer->device_id.str()}, {"address", plane_.sessions().address_of(id)}});
    measured = co_await measure(id, body->count, std::chrono::milliseconds(body->interval_ms), to);
  }
  asker.on_gone(nullptr);
  close_session(plane_, link_, id);
  if (!measured) co_return to->fail(measured.error());
  auto end = summary(std::move(*measured));
  end["device_id"] = peer->device_id.str();
  to->done(std::move(end));
}

io::task<result<std::vector<double>>> ping_requests::measure(std::string session_id, std::int64_t count,
                                                             std::chrono::milliseconds interval, reply to) {
  auto stream = plane_.sessions().open_ping(session_id);
  if (!stream) co_return pass(stream);
  io::condition changed(co_await io::this_coro::executor);
  std::optional<result<std::chrono::nanoseconds>> answer;
  p2p::ping_caller caller(
      std::move(*stream), [] { return steady_now(); },
      [&](result<std::chrono::nanoseconds> round_trip) {
        answer = std::move(round_trip);
        changed.notify();
      });
  std::vector<double> all;
  while (true) {
    answer.reset();
    caller.send();
    const auto deadline = steady_now() + answer_timeout;
    while (!answer) {
      if (steady_now() >= deadline) co_return fail(errc::timed_out, "the other machine does not answer");
      (void)co_await changed.wait_for(deadline - steady_now());
    }
    if (!*answer) co_return std::unexpected(answer->error());
    all.push_back(milliseconds(**answer));
    to->event("pong", {{"number", all.size()}, {"rtt_ms", all.back()}});
    if (static_cast<std::int64_t>(all.size()) == count) co_return all;
    answer.reset();
    // An end of the stream meanwhile is told by answer.
    (void)co_await changed.wait_for(interval);
    if (answer && !*answer) co_return std::unexpected(answer->error());
  }
}

}  // namespace mesh::app
