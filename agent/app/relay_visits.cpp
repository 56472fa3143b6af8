#include "agent/app/relay_visits.hpp"

#include "agent/p2p/relay/link.hpp"
#include "core/base/limits.hpp"
#include "core/base/log.hpp"
#include "core/net/ws_channel.hpp"

namespace mesh::app {
namespace {

constexpr auto connect_timeout = std::chrono::seconds(10);
// What the relay and the kernel have not taken yet: little, so that a short stream overtakes a long one.
constexpr std::size_t under_way_bytes_max = 64UZ * 1024;

net::ws_limits channel_limits() {
  net::ws_limits bounds;
  bounds.message_bytes_max = limits::relay_message_bytes_max;
  bounds.queue_messages_max = limits::relay_buffered_bytes_max;
  bounds.queue_bytes_max = limits::relay_buffered_bytes_max;
  bounds.binary = true;
  return bounds;
}

}  // namespace

struct relay_visits::visit {
  explicit visit(const io::executor& on) : woken(on) {}
  io::condition woken;
  std::shared_ptr<relay::link> link;
  std::unique_ptr<net::ws_channel> channel;
};

bool relay_visits::take_event(const wire::event& e) {
  if (e.type != "p2p.relay.created") return false;
  const auto told = wire::payload_of<wire::p2p_relay_created>(e);
  if (!told) return true;
  auto v = std::make_shared<visit>(tasks_.get_executor());
  auto link = plane_.sessions().meet_at_relay(told->session_id.str(), [weak = std::weak_ptr(v)] {
    if (const auto held = weak.lock()) held->woken.notify();
  });
  if (!link) {
    log::warn("p2p", "nobody to meet at the relay: {}", link.error().detail);
    return true;
  }
  v->link = std::move(*link);
  auto address = link_.relay_address() + "?ticket=" + net::percent_encode(told->ticket);
  tasks_.spawn("relay", go(std::move(v), std::move(address)));
  return true;
}

io::task<> relay_visits::go(std::shared_ptr<visit> v, std::string address) {
  auto tls =
      address.starts_with("wss") ? http_.tls() : result<std::shared_ptr<const net::tls_context>>(nullptr);
  net::http_headers headers;
  headers.set("Sec-WebSocket-Protocol", "mesh-relay.1");
  if (!tls) {
    v->link->lost(tls.error());
    co_return;
  }
  auto channel =
      co_await net::ws_connect(address, std::move(headers), *tls, connect_timeout, channel_limits());
  if (!channel) {
    log::warn("p2p", "the relay cannot be reached: {}", channel.error().detail);
    v->link->lost(channel.error());
    co_return;
  }
  v->channel = std::move(*channel);
  tasks_.spawn("relay, writing", write_all(v));
  while (!v->link->over()) {
    const auto message = co_await v->channel->receive();
    if (!message) {
      v->link->lost({errc::connection_lost, "the relay is gone: " + message.error().detail, {}});
      break;
    }
    if (const auto taken = v->link->take(as_bytes(*message)); !taken)
      log::warn("p2p", "a relayed connection is given up: {} ({})", word(taken.error().code),
                taken.error().detail);
  }
}

io::task<> relay_visits::write_all(std::shared_ptr<visit> v) {
  while (v->channel->is_open()) {
    while (const auto message = v->link->next()) {
      v->channel->send(std::string(as_text(*message)));
      co_await v->channel->drained(under_way_bytes_max);
    }
    if (v->link->over()) break;
    co_await v->woken.wait();
  }
  v->channel->close(net::close_code::normal, "");
}

}  // namespace mesh::app
