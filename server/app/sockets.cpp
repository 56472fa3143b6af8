#include "server/app/sockets.hpp"

#include "core/base/limits.hpp"
#include "core/base/log.hpp"
#include "server/api/authenticate.hpp"
#include "server/api/http_status.hpp"
#include "server/api/origin.hpp"
#include "server/api/p2p_request.hpp"
#include "server/api/transact.hpp"
#include "server/services/realtime.hpp"
#include "server/services/sign_in.hpp"
#include "server/services/terminal_offers.hpp"

namespace mesh::app {
namespace {

using services::context;
using services::event_reply;
using services::outcome;

ws::event_answer answered(backend& with, const ws::identity& who, event_reply reply) {
  if (reply.candidates && who.caller.device)
    with.hub().update_candidates(*who.caller.device, std::move(*reply.candidates));
  if (reply.status && who.caller.device)
    with.hub().set_status(who.caller.user, *who.caller.device, *reply.status);
  if (reply.terminal && who.caller.device)
    with.hub().set_terminal(*who.caller.device, std::move(*reply.terminal));
  return std::move(reply.reply);
}

// Events that change the database.
ws::event_handler changing(backend& with) {
  return [&with](ws::identity who, wire::event event) -> io::task<ws::event_answer> {
    auto work = [caller = who.caller, event = std::move(event)](context& c) {
      return services::handle_event(c, caller, event);
    };
    auto reply = co_await api::change(with, std::move(work));
    if (!reply) co_return pass(reply);
    co_return answered(with, who, std::move(*reply));
  };
}

// Events that only look things up and pass something on: they need not wait for the one who writes.
ws::event_handler reading(backend& with) {
  return [&with](ws::identity who, wire::event event) -> io::task<ws::event_answer> {
    auto work = [caller = who.caller, event = std::move(event)](context& c) {
      return services::handle_event(c, caller, event);
    };
    auto done = co_await api::read(with, std::move(work));
    if (!done) co_return pass(done);
    with.deliver(std::move(done->effects));
    co_return answered(with, who, std::move(done->reply));
  };
}

ws::event_handler requesting_session(backend& with) {
  return [&with](ws::identity who, wire::event event) -> io::task<ws::event_answer> {
    auto created = co_await api::request_session(with, std::move(who.caller), std::move(event));
    if (!created) co_return pass(created);
    co_return ws::event_answer(std::move(*created));
  };
}

}  // namespace

sockets::sockets(backend& with, io::task_group& background) : with_(with), background_(background) {
  for (const char* prefix : {"room.", "presence.", "chat.typing", "p2p.candidates", "share.", "rtc."})
    routes_.add(prefix, {reading(with)});
  for (const char* prefix : {"chat.", "p2p.session.", "terminal."}) routes_.add(prefix, {changing(with)});
  routes_.add("p2p.session.request", {requesting_session(with), true});
  with.hub().on_activity([this](const ws::identity& who) { tell_presence(who, true); });
}

// The ticket says who it is: it was given to one device of one session, for one use.
net::ws_decision sockets::decide_relay(const net::http_request& request) {
  net::ws_decision decision;
  const auto refuse = [&](const error& why) {
    log::info("relay", "a place was refused from={} reason={}", request.remote_address, word(why.code));
    decision.refusal = api::error_response(why);
  };
  if (const auto ours = api::check_origin(request, with_.settings()); !ours) {
    refuse(ours.error());
    return decision;
  }
  if (!net::lists_token(request.headers, "Sec-WebSocket-Protocol", relay::subprotocol)) {
    refuse({errc::bad_request, std::string("the subprotocol is ") + relay::subprotocol, {}});
    return decision;
  }
  const auto ticket = net::query_value(request.query, "ticket");
  auto seat = ticket ? with_.relay_desk().redeem(*ticket) : std::nullopt;
  if (!seat) {
    refuse({errc::unauthorized, "this ticket does not count, or not any more", {}});
    return decision;
  }
  decision.subprotocol = relay::subprotocol;
  decision.limits = relay::channel_limits();
  decision.serve = [this, seat = std::move(*seat)](std::unique_ptr<net::ws_channel> channel) {
    return with_.relay_desk().serve(seat, std::move(channel));
  };
  return decision;
}

io::task<net::ws_decision> sockets::decide(net::http_request request) {
  if (request.path == "/relay") co_return decide_relay(request);
  net::ws_decision decision;
  if (request.path != "/ws") {
    decision.refusal = net::http_response::failure(404, "not_found", "WebSockets are at /ws and /relay");
    co_return decision;
  }
  auto caller = co_await api::authenticate_upgrade(with_, request);
  if (caller && with_.hub().connections_of(caller->user) >= limits::ws_connections_per_user_max)
    caller = fail(errc::rate_limited, "you have too many connections");
  if (!caller) {
    log::info("ws", "WebSocket refused from={} reason={}", request.remote_address, word(caller.error().code));
    decision.refusal = api::error_response(caller.error());
    co_return decision;
  }
  ws::identity who{std::move(*caller), {}, request.remote_address};
  who.kind = boost::describe::enum_to_string(who.caller.kind, "api");
  decision.serve = [this, who = std::move(who)](std::unique_ptr<net::ws_channel> channel) {
    return ws::serve_session(std::move(channel), who, with_.hub(), routes_, *this);
  };
  co_return decision;
}

io::task<result<ws::greeting>> sockets::greet(ws::identity who, wire::event hello) {
  auto work = [caller = who.caller, hello = std::move(hello)](context& c) {
    return services::hello(c, caller, hello);
  };
  auto reply = co_await api::read(with_, std::move(work));
  if (!reply) co_return pass(reply);
  ws::greeting greeting;
  who.caller.device = reply->device;
  who.kind = reply->kind;
  who.status = reply->status;
  greeting.who = std::move(who);
  greeting.what.quic_port = reply->said.quic_port.value_or(0);
  if (reply->said.candidates) greeting.what.candidates = std::move(*reply->said.candidates);
  greeting.what.webtransport = std::move(reply->said.webtransport);
  greeting.covered = reply->welcome.payload.at("seq").to_number<std::int64_t>();
  greeting.first.push_back(std::move(reply->welcome));
  if (reply->resync) greeting.first.push_back(std::move(*reply->resync));
  for (auto& event : reply->missed) greeting.first.push_back(std::move(event));
  co_return greeting;
}

void sockets::tell_presence(const ws::identity& who, bool online) {
  const auto& device = who.caller.device;
  services::presence_change change{who.caller.user,
                                   who.caller.username,
                                   who.caller.device,
                                   who.kind,
                                   online,
                                   online ? std::optional(who.status) : std::nullopt,
                                   online && device ? with_.hub().activity(*device) : std::nullopt};
  background_.spawn("telling presence", [](backend& with, services::presence_change told) -> io::task<> {
    auto work = [told = std::move(told)](context& c) -> result<outcome<services::nothing>> {
      return outcome<services::nothing>{{}, services::tell_presence(c, told)};
    };
    const auto done = co_await api::change(with, std::move(work));
    if (!done) log::warn("ws", "presence could not be told: {}", done.error().detail);
  }(with_, std::move(change)));
}

void sockets::came(const ws::identity& who) {
  tell_presence(who, true);
}
void sockets::went(const ws::identity& who) {
  tell_presence(who, false);
}
void sockets::lost(const ws::identity& who, std::vector<wire::terminal_offer> terminals) {
  background_.spawn("telling lost terminals",
                    [](backend& with, models::caller sharer, auto ended) -> io::task<> {
                      auto work = [sharer, ended = std::move(ended)](context& c) -> result<models::effects> {
                        return services::end_terminals(c, sharer, ended);
                      };
                      auto done = co_await api::read(with, std::move(work));
                      if (done)
                        with.deliver(std::move(*done));
                      else
                        log::warn("ws", "the end of terminals could not be told: {}", done.error().detail);
                    }(with_, who.caller, std::move(terminals)));
}
void sockets::count_event_in() {
  with_.counters().count_event_in();
}

}  // namespace mesh::app
