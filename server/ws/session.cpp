#include "server/ws/session.hpp"

#include "core/base/log.hpp"
#include "core/io/deadline.hpp"
#include "server/ws/message_budget.hpp"

namespace mesh::ws {
namespace {

// A person types; an agent reports progress. A flood of more is a mistake or an attack.
constexpr double events_per_second = 50;
constexpr double events_burst = 200;
// Mistakes in a row after which the client is not worth answering.
constexpr int refused_max = 100;

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

wire::event error_event(const error& why, const wire::event* about) {
  wire::event event;
  event.type = "system.error";
  if (about != nullptr && !about->id.empty()) event.reply_to = about->id;
  event.payload = wire::make_payload(wire::error_info{
      std::string(word(why.code)), why.detail.empty() ? std::string(word(why.code)) : why.detail,
      why.field.empty() ? std::nullopt : std::optional(why.field)});
  return event;
}

// Before hello there is no connection in the hub yet, so the envelope is completed here.
void refuse(net::ws_channel& channel, const error& why, const wire::event* about) {
  auto event = error_event(why, about);
  event.id = "evt_refused";
  event.timestamp = format_rfc3339(wall_now());
  event.from = "server";
  channel.send(wire::render_event(event));
  channel.close(net::close_code::policy_violation, std::string(word(why.code)));
}

result<wire::system_hello> read_hello(const wire::event& first) {
  if (first.type != "system.hello")
    return fail(errc::unexpected_message, "the first event must be system.hello", "type");
  auto hello = wire::payload_of<wire::system_hello>(first);
  if (!hello) return hello;
  if (hello->device_id && !valid_device_id(hello->device_id->str()))
    return fail(errc::field_invalid, "a device name is [a-z0-9][a-z0-9._-]{0,62}", "device_id");
  if (hello->kind && *hello->kind != "agent" && *hello->kind != "browser" && *hello->kind != "api")
    return fail(errc::field_invalid, "kind is agent, browser or api", "kind");
  if (hello->candidates && hello->candidates->size() > limits::candidates_max)
    return fail(errc::too_large, "at most 16 candidates are kept", "candidates");
  return hello;
}

class session {
 public:
  session(net::ws_channel& channel, hub& everybody, session_backend& backend)
      : channel_(channel),
        link_(channel),
        hub_(everybody),
        backend_(backend),
        budget_(events_per_second, events_burst, steady_now()) {}

  io::task<> run(identity who, std::chrono::milliseconds first_within) {
    auto text = co_await io::with_deadline(channel_.receive(), first_within);
    if (!text) {
      if (text.error().code == errc::timed_out)
        refuse(channel_, {errc::timed_out, "system.hello did not come in time", {}}, nullptr);
      co_return;
    }
    auto first = wire::parse_event(*text);
    if (!first) co_return refuse(channel_, first.error(), nullptr);
    auto hello = read_hello(*first);
    if (!hello) co_return refuse(channel_, hello.error(), &*first);
    log::info("ws", "Event: system.hello user={} device={}", who.username,
              hello->device_id ? hello->device_id->str() : "-");
    const auto said = std::move(*hello);
    auto greeted = co_await backend_.greet(std::move(who), said);
    if (!greeted) co_return refuse(channel_, greeted.error(), &*first);
    const auto id = welcome(*greeted, said, *first);
    const auto known = greeted->who;
    co_await listen(id, known);
    hub_.remove(id);
    backend_.went(known);
    log::info("ws", "WebSocket client gone user={} device={}", known.username,
              known.device ? known.device->str() : "-");
  }

 private:
  connection_id welcome(greeting& greeted, const wire::system_hello& said, const wire::event& first) {
    announced what;
    what.quic_port = said.quic_port;
    what.candidates = said.candidates.value_or(std::vector<wire::candidate>());
    what.webtransport = said.webtransport;
    const auto id = hub_.add(greeted.who, std::move(what), link_);
    wire::event answer;
    answer.type = "system.welcome";
    if (!first.id.empty()) answer.reply_to = first.id;
    answer.payload = wire::make_payload(greeted.welcome);
    hub_.send(id, std::move(answer));
    if (greeted.resync) {
      wire::event resync;
      resync.type = "system.resync";
      resync.payload = wire::make_payload(wire::system_resync{"the log does not reach back that far"});
      hub_.send(id, std::move(resync));
    }
    for (auto& event : greeted.replay) hub_.send(id, std::move(event));
    backend_.came(greeted.who);
    return id;
  }

  io::task<> listen(connection_id id, const identity& who) {
    int refused = 0;
    for (;;) {
      auto text = co_await channel_.receive();
      if (!text) co_return;
      if (!budget_.take(steady_now())) {
        hub_.send(id, error_event({errc::rate_limited, "too many events in a short time", {}}, nullptr));
        channel_.close(net::close_code::policy_violation, "rate_limited");
        co_return;
      }
      auto event = wire::parse_event(*text);
      result<void> done = event ? result<void>() : std::unexpected(event.error());
      if (event) done = co_await answer(who, *event);
      if (done) {
        refused = 0;
        continue;
      }
      hub_.send(id, error_event(done.error(), event ? &*event : nullptr));
      if (++refused < refused_max) continue;
      channel_.close(net::close_code::policy_violation, "too many mistakes");
      co_return;
    }
  }

  io::task<result<void>> answer(const identity& who, const wire::event& event) {
    if (event.type == "system.ack") {
      const auto ack = wire::payload_of<wire::system_ack>(event);
      if (!ack) co_return std::unexpected(ack.error());
      if (who.device) hub_.acknowledge(*who.device, ack->event_id);
      co_return result<void>();
    }
    if (event.type == "system.hello")
      co_return fail(errc::unexpected_message, "system.hello was said already", "type");
    co_return co_await backend_.handle(who, event);
  }

  net::ws_channel& channel_;
  channel_link link_;
  hub& hub_;
  session_backend& backend_;
  message_budget budget_;
};

}  // namespace

io::task<> serve_session(std::unique_ptr<net::ws_channel> channel, identity who, hub& everybody,
                         session_backend& backend, std::chrono::milliseconds first_within) {
  log::info("ws", "WebSocket client connected user={} from={}", who.username, channel->remote_address());
  session one(*channel, everybody, backend);
  co_await one.run(std::move(who), first_within);
  co_await channel->closed();
}

}  // namespace mesh::ws
