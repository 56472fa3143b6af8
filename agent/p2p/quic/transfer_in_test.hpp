// A connection between two endpoints, and a transfer over it whose hash comes back.
#pragma once
#include "agent/p2p/quic/endpoints_in_test.hpp"
#include "agent/p2p/quic/udp_proxy_in_test.hpp"
#include "core/crypto/blake3.hpp"

#include <functional>
#include <stdexcept>

namespace mesh::quic::test {

// Two endpoints that expect each other, and a connection between them.
struct connected {
  // with_nat: b sees a through another port.
  explicit connected(host::settings left = {}, host::settings right = {}, bool with_nat = false)
      : a(loop, std::move(left)), b(loop, std::move(right)) {
    b.guests.keys.insert(a.fingerprint());
    if (with_nat) nat = std::make_unique<udp_proxy>(loop, b.port);
    auto dialed = nat ? a.dial(nat->address(), b.fingerprint()) : a.dial(b);
    if (!dialed) throw std::runtime_error(dialed.error().detail);
    near = std::move(*dialed);
    run_until(loop, [&] { return !b.incoming.empty(); });
    far = b.incoming.front().get();
  }

  io::loop loop;
  host a, b;
  std::unique_ptr<udp_proxy> nat;
  std::unique_ptr<line> near;
  line* far = nullptr;
};

// Writes size bytes as fast as the stream takes them and hashes them on the way.
struct source {
  source(collector& to, std::uint64_t size) : sink(to), left(size), block(shared(pattern(256 * 1024))) {
    sink.when_writable = [this] { fill(); };
    fill();
  }
  void fill() {
    while (left > 0 && sink.stream->writable() > 0) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left, block.data.size()));
      const auto part = block.data.first(size);
      sink.stream->write({block.owner, part});
      hash.update(part);
      left -= size;
      if (left == 0) sink.stream->finish();
    }
  }
  collector& sink;
  std::uint64_t left;
  p2p::shared_bytes block;  // outlives this until it is acknowledged, however late that is
  crypto::blake3_hasher hash;
};

// Hashes what arrives and sends the hash back at the end.
struct hashing_end final : p2p::stream_handler {
  explicit hashing_end(std::unique_ptr<p2p::byte_stream> s) : stream(std::move(s)) {
    stream->set_handler(this);
  }
  void on_data(bytes_view data, bool fin) override {
    hash.update(data);
    received += data.size();
    stream->consume(data.size());
    if (!fin) return;
    stream->write(shared(hash.hex()));
    stream->finish();
  }
  void on_writable() override {}
  void on_closed(const error& why) override { closed = why; }

  std::unique_ptr<p2p::byte_stream> stream;
  crypto::blake3_hasher hash;
  std::uint64_t received = 0;
  std::optional<error> closed;
};

// Sends size bytes and returns true when the hash that came back is that of what was sent.
inline bool round_trip(connected& net, std::uint64_t size,
                       const std::function<void(std::uint64_t received)>& while_running = {}) {
  std::vector<std::unique_ptr<hashing_end>> ends;
  struct accepting final : p2p::connection_handler {
    explicit accepting(std::vector<std::unique_ptr<hashing_end>>& to) : ends(to) {}
    void on_stream(std::unique_ptr<p2p::byte_stream> s) override {
      ends.push_back(std::make_unique<hashing_end>(std::move(s)));
    }
    void on_closed(const error&) override {}
    std::vector<std::unique_ptr<hashing_end>>& ends;
  } handler(ends);
  net.far->connection->set_handler(&handler);
  const auto stream = net.near->open();
  source from(*stream, size);
  const bool finished = run_until(
      net.loop,
      [&] {
        if (while_running && !ends.empty()) while_running(ends[0]->received);
        return stream->fin || stream->closed;
      },
      120s);
  net.far->connection->set_handler(net.far);
  return finished && as_text(stream->data) == from.hash.hex() && ends.at(0)->received == size;
}

}  // namespace mesh::quic::test
