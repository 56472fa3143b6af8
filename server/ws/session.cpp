#include "server/ws/session.hpp"

#include "core/base/log.hpp"
#include "core/io/deadline.hpp"
#include "core/io/task_group.hpp"
#include "server/models/public_error.hpp"
#include "server/ws/message_budget.hpp"

namespace mesh::ws {
namespace {

class channel_link final : public link {
 public:
  explicit channel_link(net::ws_channel& channel) : channel_(channel) {}

  bool send(std::string text) override {
    channel_.send(std::move(text));
    return channel_.is_open();
  }
  void close(close_code code, std::string_view reason) override {
    channel_.close(static_cast<std::uint16_t>(code), std::string(reason));
  }

 private:
  net::ws_channel& channel_;
};

// A connection's place in the hub, given back however the session ends.
class place {
 public:
  place(hub& everybody, session_backend& backend, connection_id id)
      : hub_(everybody), backend_(backend), id_(id) {}
  place(const place&) = delete;
  place& operator=(const place&) = delete;
  ~place() {
    auto gone = hub_.remove(id_);
    if (gone && !gone->terminals.empty()) backend_.lost(gone->who, std::move(gone->terminals));
    if (gone && gone->last) backend_.went(gone->who);
  }
  connection_id id() const { return id_; }

 private:
  hub& hub_;
  session_backend& backend_;
  connection_id id_;
};

std::string device_text(const identity& who) {
  return who.caller.device ? who.caller.device->str() : "-";
}

// What the client is not told of a fault inside stands in the log.
void note_fault(const error& why, const wire::event& about) {
  if (why.code == errc::database || why.code == errc::internal || why.code == errc::io)
    log::error("ws", "{}: {}", about.type, why.detail);
}

// Shares nothing with the session but the hub, so that it may end after it.
io::task<> answer_later(hub& everybody, connection_id id, event_handler handle, identity who,
                        wire::event event) {
  auto answering = handle(std::move(who), event);
  auto answer = co_await std::move(answering);
  if (!answer) {
    note_fault(answer.error(), event);
    everybody.send(id, error_event(answer.error(), &event));
  } else if (*answer) {
    everybody.send(id, std::move(**answer));
  }
}

// Its coroutines keep as little as they can while they wait: most connections are idle most of the time.
class session {
 public:
  session(net::ws_channel& channel, hub& everybody, const router& routes, session_backend& backend,
          session_limits bounds)
      : channel_(channel),
        link_(channel),
        hub_(everybody),
        routes_(routes),
        backend_(backend),
        bounds_(bounds),
        budget_(bounds.events_per_second, bounds.events_burst, steady_now()) {}

  io::task<> run(identity who) {
    const place mine(hub_, backend_, hub_.hold(std::move(who), link_));
    id_ = mine.id();
    const bool welcome = co_await begin();
    if (welcome) co_await listen();
    if (later_) co_await later_->stop();
    log::info("ws", "WebSocket client gone user={} device={}", self().caller.username, device_text(self()));
  }

 private:
  const identity& self() const { return *hub_.who(id_); }

  // Before the welcome the hub keeps silent, so mistakes are answered here.
  void tell(const error& why, const wire::event* about) {
    auto event = error_event(why, about);
    event.id = "evt_refused";
    event.timestamp = format_rfc3339(wall_now());
    event.from = "server";
    channel_.send(wire::render_event(event));
  }
  void refuse(const error& why, const wire::event* about) {
    tell(why, about);
    channel_.close(net::close_code::policy_violation, std::string(word(why.code)));
  }

  io::task<result<wire::event>> first_hello() {
    for (int mistakes = 0; mistakes < bounds_.mistakes_max; ++mistakes) {
      auto text = co_await channel_.receive();
      if (!text) co_return pass(text);
      auto event = wire::parse_event(*text);
      if (event && event->type == "system.hello") co_return event;
      if (event)
        tell({errc::unexpected_message, "the first event must be system.hello", "type"}, &*event);
      else
        tell(event.error(), nullptr);
    }
    co_return fail(errc::timed_out, "too many mistakes before system.hello");
  }

  // True when the connection was welcomed.
  io::task<bool> begin() {
    auto waiting = first_hello();
    auto hello = co_await io::with_deadline(std::move(waiting), bounds_.hello_within);
    if (!hello) {
      if (hello.error().code == errc::timed_out)
        refuse({errc::timed_out, "system.hello did not come in time", {}}, nullptr);
      co_return false;
    }
    log::info("ws", "Event: system.hello user={}", self().caller.username);
    auto greeting = co_await backend_.greet(self(), *hello);
    if (!greeting) {
      refuse(greeting.error(), &*hello);
      co_return false;
    }
    const bool fresh = hub_.admit(id_, std::move(greeting->who), std::move(greeting->what),
                                  std::move(greeting->first), greeting->covered);
    if (fresh) backend_.came(self());
    log::debug("ws", "welcomed user={} device={} kind={}", self().caller.username, device_text(self()),
               self().kind);
    co_return true;
  }

  io::task<> listen() {
    bool more = true;
    while (more) {
      auto text = co_await channel_.receive();
      // Whoever was told to go is not listened to any more.
      more = text.has_value() && channel_.is_open();
      if (more) more = co_await take(std::move(*text));
    }
  }

  // False when the client is not worth listening to any longer.
  io::task<bool> take(std::string text) {
    backend_.count_event_in();
    if (!budget_.take(steady_now())) {
      hub_.send(id_, error_event({errc::rate_limited, "too many events in a short time", {}}, nullptr));
      channel_.close(net::close_code::policy_violation, "rate_limited");
      co_return false;
    }
    auto event = wire::parse_event(text);
    event_answer answer;
    wire::event about;  // what a complaint names
    if (event) {
      about.id = event->id;
      about.type = event->type;
      answer = co_await handle(std::move(*event));
    } else {
      answer = std::unexpected(event.error());
    }
    if (answer) {
      mistakes_ = 0;
      if (*answer) hub_.send(id_, std::move(**answer));
      co_return true;
    }
    if (event) note_fault(answer.error(), about);
    hub_.send(id_, error_event(answer.error(), event ? &about : nullptr));
    if (++mistakes_ < bounds_.mistakes_max) co_return true;
    channel_.close(net::close_code::policy_violation, "too many mistakes");
    co_return false;
  }

  io::task<event_answer> handle(wire::event event) {
    if (event.type == "system.ack") co_return acknowledge(event);
    if (event.type == "system.hello")
      co_return fail(errc::unexpected_message, "system.hello was said already", "type");
    const auto* route = routes_.find(event.type);
    if (route == nullptr)
      co_return fail(errc::event_unknown, "\"" + event.type + "\" is not an event that clients send", "type");
    if (!route->waits) {
      auto answering = route->handle(self(), std::move(event));
      co_return co_await std::move(answering);
    }
    if (!later_) later_.emplace(co_await io::this_coro::executor, "ws");
    if (later_->size() >= bounds_.waiting_max)
      co_return fail(errc::busy, "too many requests of this connection wait for an answer");
    later_->spawn(event.type, answer_later(hub_, id_, route->handle, self(), event));
    co_return event_answer();
  }

  event_answer acknowledge(const wire::event& event) {
    const auto ack = wire::payload_of<wire::system_ack>(event);
    if (!ack) {
      auto why = ack.error();
      if (why.field != "payload") why.field.insert(0, "payload.");
      return std::unexpected(std::move(why));
    }
    if (self().caller.device) hub_.acknowledge(*self().caller.device, ack->event_id);
    return {};
  }

  net::ws_channel& channel_;
  channel_link link_;
  hub& hub_;
  const router& routes_;
  session_backend& backend_;
  session_limits bounds_;
  message_budget budget_;
  connection_id id_ = 0;
  int mistakes_ = 0;
  std::optional<io::task_group> later_;  // made when an answer first has to wait
};

}  // namespace

wire::event error_event(const error& cause, const wire::event* about) {
  const auto why = models::public_error(cause);
  wire::event event;
  event.type = "system.error";
  if (about != nullptr && !about->id.empty()) event.reply_to = about->id;
  event.payload = wire::make_payload(wire::error_info{
      std::string(word(why.code)), why.detail.empty() ? std::string(word(why.code)) : why.detail,
      why.field.empty() ? std::nullopt : std::optional(why.field)});
  return event;
}

io::task<> serve_session(std::unique_ptr<net::ws_channel> channel, identity who, hub& everybody,
                         const router& routes, session_backend& backend, session_limits bounds) {
  log::info("ws", "WebSocket client connected user={} from={}", who.caller.username,
            channel->remote_address());
  session one(*channel, everybody, routes, backend, bounds);
  co_await one.run(std::move(who));
  channel->close(net::close_code::normal, "");
  co_await channel->closed();
}

}  // namespace mesh::ws
