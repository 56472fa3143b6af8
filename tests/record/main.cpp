// An agent's port without an agent: lets one browser in, answers it as an agent would, and prints every byte
// that came on its streams and in its datagrams. First line: where it listens; second line: what it heard,
// once the browser is gone.
#include "agent/p2p/quic/endpoint.hpp"
#include "agent/p2p/quic/udp_socket.hpp"
#include "agent/p2p/webtransport/browser_connection.hpp"
#include "core/base/clock.hpp"
#include "core/io/loop.hpp"
#include "core/wire/json.hpp"

#include <cstdio>
#include <list>

#include <boost/json/serialize.hpp>

namespace {

using namespace mesh;

struct recording {
  boost::json::array heard;

  void stream(std::int64_t id, bytes_view data, bool fin) {
    heard.push_back({{"stream", id}, {"hex", to_hex(data)}, {"fin", fin}});
  }
  void datagram(bytes_view data) { heard.push_back({{"datagram", to_hex(data)}}); }
};

class recorded_stream final : public p2p::byte_stream, private p2p::stream_handler {
 public:
  recorded_stream(recording& into, std::unique_ptr<p2p::byte_stream> of) : into_(into), of_(std::move(of)) {}

  void set_handler(p2p::stream_handler* handler) override {
    handler_ = handler;
    of_->set_handler(handler == nullptr ? nullptr : this);
  }
  std::size_t writable() const override { return of_->writable(); }
  void write(p2p::shared_bytes data) override { of_->write(std::move(data)); }
  void finish() override { of_->finish(); }
  void consume(std::size_t count) override { of_->consume(count); }
  void reset(std::uint64_t code) override { of_->reset(code); }
  std::int64_t id() const noexcept override { return of_->id(); }

 private:
  void on_data(bytes_view data, bool fin) override {
    into_.stream(id(), data, fin);
    handler_->on_data(data, fin);
  }
  void on_writable() override { handler_->on_writable(); }
  void on_closed(const error& reason) override { handler_->on_closed(reason); }

  recording& into_;
  std::unique_ptr<p2p::byte_stream> of_;
  p2p::stream_handler* handler_ = nullptr;
};

class recorded_carrier final : public p2p::http3_carrier, private p2p::connection_handler {
 public:
  recorded_carrier(recording& into, std::unique_ptr<p2p::http3_carrier> of)
      : into_(into), of_(std::move(of)) {}

  void set_handler(p2p::connection_handler* handler) override {
    handler_ = handler;
    of_->set_handler(handler == nullptr ? nullptr : this);
  }
  const std::string& peer_key_sha256() const override { return of_->peer_key_sha256(); }
  p2p::udp_address peer_address() const override { return of_->peer_address(); }
  bool dialed() const override { return false; }
  result<p2p::channel_binding> exporter(std::string_view label, std::string_view context) const override {
    return of_->exporter(label, context);
  }
  result<std::unique_ptr<p2p::byte_stream>> open_stream() override { return of_->open_stream(); }
  result<std::unique_ptr<p2p::byte_stream>> open_unidirectional() override {
    return of_->open_unidirectional();
  }
  void send_datagram(bytes_view data) override { of_->send_datagram(data); }
  void keep_alive(bool on) override { of_->keep_alive(on); }
  void close(std::uint64_t code, std::string_view reason) override { of_->close(code, reason); }
  void close_soon(std::uint64_t code, std::string_view reason) override { of_->close_soon(code, reason); }
  p2p::connection_stats stats() const override { return of_->stats(); }

 private:
  void on_stream(std::unique_ptr<p2p::byte_stream> stream) override {
    handler_->on_stream(std::make_unique<recorded_stream>(into_, std::move(stream)));
  }
  void on_datagram(bytes_view data) override {
    into_.datagram(data);
    handler_->on_datagram(data);
  }
  void on_closed(const error& reason) override { handler_->on_closed(reason); }

  recording& into_;
  std::unique_ptr<p2p::http3_carrier> of_;
  p2p::connection_handler* handler_ = nullptr;
};

// One connection of the browser, which may try several at once: holds whatever it opens, and gives its bytes
// back to the windows. The first that had streams of a session and ends is the one to be told of.
struct visitor final : p2p::connection_handler {
  struct held final : p2p::stream_handler {
    explicit held(std::unique_ptr<p2p::byte_stream> s) : stream(std::move(s)) { stream->set_handler(this); }
    void on_data(bytes_view data, bool) override { stream->consume(data.size()); }
    void on_writable() override {}
    void on_closed(const error&) override {}
    std::unique_ptr<p2p::byte_stream> stream;
  };
  explicit visitor(std::function<void(visitor&)> then) : told(std::move(then)) {}
  void on_stream(std::unique_ptr<p2p::byte_stream> stream) override {
    streams.emplace_back(std::move(stream));
  }
  void on_closed(const error&) override {
    if (!streams.empty()) told(*this);
  }

  std::function<void(visitor&)> told;
  recording heard;
  std::list<held> streams;
  std::unique_ptr<webtransport::browser_connection> connection;
};

struct everybody final : p2p::peer_authorizer {
  bool allows(std::string_view) const override { return true; }
  bool expects_anybody() const override { return true; }
};

}  // namespace

int main() {
  io::loop loop;
  const everybody guests;
  std::list<visitor> visitors;
  auto sockets = quic::open_udp_sockets(0, true).value();
  const auto certificate = quic::credentials::for_browsers(wall_now() - std::chrono::hours(1)).value();
  const auto port =
      quic::endpoint::start(loop.get_executor(), crypto::signing_key::generate(),
                            {.sockets = std::move(sockets.sockets), .admission = {}, .aead = {}})
          .value();
  const auto say = [](const boost::json::value& what) {
    std::puts(boost::json::serialize(what).c_str());
    std::fflush(stdout);
  };
  port->serve_browsers(certificate, guests, [&](std::unique_ptr<p2p::http3_carrier> carrier) {
    auto& guest = visitors.emplace_back([&](visitor& which) {
      say(which.heard.heard);
      loop.stop();
    });
    guest.connection = std::make_unique<webtransport::browser_connection>(
        std::make_unique<recorded_carrier>(guest.heard, std::move(carrier)),
        webtransport::browser_options{
            .challenge = {},
            .greeting = to_bytes(as_bytes("greeting")),
            .allows_origin = [](const std::string&) { return true; },
            .post = [on = loop.get_executor()](auto work) { io::post(on, std::move(work)); }});
    guest.connection->set_handler(&guest);
  });
  say({{"port", sockets.port}, {"cert_sha256", to_hex(certificate.certificate_sha256())}});
  loop.run();
  for (auto& guest : visitors) {
    guest.streams.clear();
    guest.connection.reset();
  }
}
