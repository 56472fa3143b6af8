// The input is a script: each step begins with a byte that says what happens next on a network without
// sockets, between an endpoint that is attacked, a guest of it, and strangers who can send anything from
// anywhere.
#include "agent/p2p/quic/endpoints_in_test.hpp"
#include "core/base/log.hpp"
#include "core/io/loop.hpp"
#include "tests/fuzz/initial_packet.hpp"
#include "tests/fuzz/memory_network.hpp"
#include "tests/fuzz/targets.hpp"

#include <algorithm>
#include <map>

#include <boost/asio/io_context.hpp>

namespace mesh::fuzz {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t steps_max = 64;
constexpr std::size_t recorded_max = 64;
constexpr auto patience = 20s;  // of the guest at the end, on a machine under load

// Reads the script; past its end everything is 0 or empty.
class reader {
 public:
  explicit reader(bytes_view data) : rest_(data) {}
  bool empty() const { return rest_.empty(); }
  std::uint8_t byte() { return rest_.empty() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(take(1)[0]); }
  std::uint16_t number() {
    const auto high = byte();
    return static_cast<std::uint16_t>(high << 8 | byte());
  }
  bytes_view block() { return take(number()); }

 private:
  bytes_view take(std::size_t count) {
    const auto out = rest_.first(std::min(count, rest_.size()));
    rest_ = rest_.subspan(out.size());
    return out;
  }
  bytes_view rest_;
};

p2p::udp_address at(std::uint8_t host) {
  auto made = p2p::make_udp_address("192.0.2.1", 4000).value();
  made.ip[15] = std::byte{host};
  return made;
}

const crypto::signing_key& key_of(std::uint8_t who) {
  static const std::array keys = {crypto::signing_key::from_seed(bytes(32, std::byte{1})).value(),
                                  crypto::signing_key::from_seed(bytes(32, std::byte{2})).value()};
  return keys.at(who);
}

constexpr std::uint8_t attacked_host = 1, guest_host = 2, stranger_host = 100;

// One endpoint with its peers, on a network of memory.
struct party {
  party(io::loop& loop, memory_network& network, std::uint8_t host, std::uint8_t who,
        quic::admission_policy policy) {
    quic::endpoint_options options{.sockets = {}, .admission = policy, .aead = "gnutls"};
    options.sockets.push_back(network.socket_at(at(host)));
    quic = quic::endpoint::start(loop.get_executor(), key_of(who), std::move(options)).value();
    quic->serve(quic::mesh_alpn, guests, [this](std::unique_ptr<p2p::connection> c) {
      require(c->peer_key_sha256() == key_of(1).verifier().fingerprint(), "only the guest gets in");
      lines.push_back(std::make_unique<quic::test::line>(std::move(c)));
    });
  }
  quic::test::guest_list guests;
  std::unique_ptr<quic::endpoint> quic;
  std::deque<std::unique_ptr<quic::test::line>> lines;
};

class stage {
 public:
  explicit stage(std::uint8_t options)
      : attacked_(loop_, network_, attacked_host, 0, {.always_retry = (options & 1) != 0}) {
    attacked_.guests.keys.insert(key_of(1).verifier().fingerprint());
    if ((options & 2) != 0) dial(guest_host);
  }

  void step(reader& script);
  // Whatever happened before, a guest still gets in, and what it sends arrives unchanged.
  void finish();

 private:
  struct visit {
    std::unique_ptr<party> who;
    std::unique_ptr<quic::test::line> line;
    std::unique_ptr<quic::test::collector> stream;
    bool failed = false;
  };

  visit& dial(std::uint8_t host);
  void poll() {
    if (loop_.context().stopped()) loop_.context().restart();
    loop_.context().poll();
    collect();
  }
  void collect();
  void deliver_next(const std::function<void(datagram&)>& change);
  void send_as_stranger(std::uint8_t host, bytes data);
  void check_amplification() const;
  void check_content() const;

  io::loop loop_;
  memory_network network_;
  party attacked_;
  std::deque<visit> visits_;
  std::deque<datagram> recorded_;
  // Bytes that strangers sent and got, by the last byte of their address.
  std::map<std::byte, std::pair<std::size_t, std::size_t>> strangers_;
};

const bytes& content() {
  static const bytes made = quic::test::pattern(5'000);
  return made;
}

stage::visit& stage::dial(std::uint8_t host) {
  auto& v = visits_.emplace_back();
  v.who = std::make_unique<party>(loop_, network_, host, 1, quic::admission_policy());
  v.who->quic->dial(at(attacked_host), key_of(0).verifier().fingerprint(), [&v](auto made) {
    v.failed = !made;
    if (!made) return;
    v.line = std::make_unique<quic::test::line>(std::move(*made));
    v.stream = v.line->open();
    v.stream->stream->write(quic::test::shared(content()));
    v.stream->stream->finish();
  });
  poll();
  return v;
}

// What strangers get is only counted: they cannot read it.
void stage::collect() {
  std::erase_if(network_.on_the_way, [&](const datagram& d) {
    if (d.to.ip[15] < std::byte{stranger_host}) return false;
    strangers_[d.to.ip[15]].second += d.data.size();
    return true;
  });
}

void stage::deliver_next(const std::function<void(datagram&)>& change) {
  if (network_.on_the_way.empty()) return;
  auto next = std::move(network_.on_the_way.front());
  network_.on_the_way.pop_front();
  if (recorded_.size() < recorded_max) recorded_.push_back(next);
  change(next);
  network_.deliver(std::move(next));
  poll();
}

void stage::send_as_stranger(std::uint8_t host, bytes data) {
  const auto from = at(static_cast<std::uint8_t>(stranger_host + host % 8));
  strangers_[from.ip[15]].first += data.size();
  network_.deliver({from, at(attacked_host), std::move(data)});
  poll();
}

void stage::step(reader& script) {
  enum class act : std::uint8_t { raw, initial, pass, drop, flip, cut, repeat, move, short_header, count };
  const auto choice = script.byte();
  switch (static_cast<act>(choice % static_cast<std::uint8_t>(act::count))) {
    case act::raw: {
      const auto host = script.byte();
      return send_as_stranger(host, to_bytes(script.block()));
    }
    case act::initial: {
      const auto host = script.byte();
      const auto number = script.byte();
      const bytes id(8 + host % 13, std::byte{host});
      const auto token = script.byte() % 2 == 0 ? bytes() : to_bytes(script.block());
      return send_as_stranger(
          host, initial_packet(id, bytes_view(token).first(std::min<std::size_t>(token.size(), 300)), number,
                               script.block()));
    }
    case act::pass:
      for (int count = script.byte() % 8; count >= 0; --count) deliver_next([](datagram&) {});
      return;
    case act::drop:
      return deliver_next([](datagram& d) { d.data.clear(); });
    case act::flip: {
      const auto place = script.number();
      const auto mask = static_cast<std::byte>(script.byte());
      return deliver_next([&](datagram& d) { d.data[place % d.data.size()] ^= mask; });
    }
    case act::cut: {
      const auto size = script.number();
      return deliver_next([&](datagram& d) { d.data.resize(std::min<std::size_t>(size, d.data.size())); });
    }
    case act::repeat: {
      const auto which = script.byte();
      if (recorded_.empty()) return;
      network_.deliver(recorded_[which % recorded_.size()]);
      return poll();
    }
    // A packet of the guest, old or new, from an address where he never was.
    case act::move: {
      const auto which = script.byte();
      const auto host = script.byte();
      if (recorded_.empty()) return;
      const auto& old = recorded_[which % recorded_.size()];
      if (old.to == at(attacked_host)) send_as_stranger(host, old.data);
      return;
    }
    // Anything behind a connection id that is in use.
    case act::short_header: {
      const auto host = script.byte();
      const auto id = std::ranges::find_if(recorded_, [](const datagram& d) {
        return d.to == at(attacked_host) && d.data.size() > 13 &&
               (d.data[0] & std::byte{0x80}) == std::byte{0};
      });
      if (id == recorded_.end()) return;
      bytes packet(id->data.begin(), id->data.begin() + 13);
      const auto rest = script.block();
      packet.insert(packet.end(), rest.begin(), rest.end());
      return send_as_stranger(host, std::move(packet));
    }
    case act::count:
      return;
  }
}

// RFC 9000 section 8.1: an address that proved nothing gets at most three times what it sent.
void stage::check_amplification() const {
  for (const auto& [who, traffic] : strangers_)
    require(traffic.second <= 3 * traffic.first, "no amplification for a forged address");
}

void stage::check_content() const {
  for (const auto& line : attacked_.lines)
    for (const auto& s : line->streams)
      require(s.data.size() <= content().size() &&
                  std::ranges::equal(s.data, bytes_view(content()).first(s.data.size())),
              "what arrives is what was sent");
}

void stage::finish() {
  check_amplification();
  check_content();
  for (auto& v : visits_) v.who->quic.reset();
  poll();
  const auto lines_before = attacked_.lines.size();
  const auto& last = dial(guest_host + 1);
  const auto end = steady_now() + patience;
  const auto arrived = [&] {
    return attacked_.lines.size() > lines_before && !attacked_.lines.back()->streams.empty() &&
           attacked_.lines.back()->streams[0].fin;
  };
  while (!arrived()) {
    require(!last.failed && steady_now() < end, "a guest gets in whatever strangers do");
    deliver_next([](datagram&) {});
    if (!network_.on_the_way.empty()) continue;
    if (loop_.context().stopped()) loop_.context().restart();
    loop_.context().run_one_for(1ms);
    collect();
  }
  require(attacked_.lines.back()->streams[0].data == content(), "what arrives is what was sent");
}

}  // namespace

void quic_datagram(bytes_view data) {
  static const bool quiet = log::configure("error").has_value();
  require(quiet, "logs can be turned down");
  reader script(data);
  stage s(script.byte());
  for (std::size_t i = 0; i < steps_max && !script.empty(); ++i) s.step(script);
  s.finish();
}

}  // namespace mesh::fuzz
